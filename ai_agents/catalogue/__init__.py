"""The public corner of ai_agents: models, prices, and what they cost the operator."""
