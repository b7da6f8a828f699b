"""Jobs of the agents' room."""

from accounts import outbox
from ai_agents.models import Reservation
from ai_agents.services import ledger


@outbox.job("ai_agents.expire_reservation", queue="default")
def expire_reservation(reservation: str) -> None:
    """Give back what an asker that never came back had reserved."""
    found = Reservation.objects.filter(pk=reservation).first()
    if found is not None:
        ledger.settle(found, answered=False)
