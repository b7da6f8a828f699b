"""What the agents' models hold about people."""

from accounts.privacy import Leaves, register
from ai_agents.catalogue.models import AIModel, CostDay, ModelPrice
from ai_agents.models import (
    Allowance,
    Hold,
    MonthlyCharge,
    Preference,
    Question,
    Reservation,
    Usage,
)

register(AIModel, neutral="provider name successor", leaves=Leaves.SOON)
register(ModelPrice, neutral="source", leaves=Leaves.SOON)
register(CostDay, neutral="provider model agent", leaves=Leaves.WITH_WORKSPACE)
register(Allowance, neutral="measure period", leaves=Leaves.WITH_WORKSPACE)
register(
    Reservation,
    neutral="agent operation request_hash state month",
    leaves=Leaves.WITH_WORKSPACE,
)
register(Hold, leaves=Leaves.WITH_WORKSPACE)
register(
    Usage, neutral="agent month provider deployment model outcome", leaves=Leaves.WITH_WORKSPACE
)
register(MonthlyCharge, neutral="month", leaves=Leaves.WITH_WORKSPACE)
register(Preference, leaves=Leaves.WITH_WORKSPACE)
register(
    Question,
    personal="inputs answer figures",
    neutral="agent operation language state problem provider model",
    leaves=Leaves.SOON,
)
