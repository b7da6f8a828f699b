"""What the agents show."""
