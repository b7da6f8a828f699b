"""Models of the agents' room, one workspace's own."""

from ai_agents.models.ledger import Allowance, Hold, Reservation
from ai_agents.models.questions import Question
from ai_agents.models.usage import MonthlyCharge, Preference, Usage

__all__ = ["Allowance", "Hold", "MonthlyCharge", "Preference", "Question", "Reservation", "Usage"]
