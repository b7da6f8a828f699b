"""How a workspace uses agents: a person decides, and it is written down who did."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from ai_agents.models import Preference


@transaction.atomic
def change_preference(*, preference: Preference, changed: list[str], actor: User) -> None:
    """Save what a form changed; a limit reaches the open period with the next request."""
    preference.save()
    if changed:
        values = {name: str(getattr(preference, name)) for name in changed}
        audit.record("ai_agents.preference.changed", actor=actor, data=values)
