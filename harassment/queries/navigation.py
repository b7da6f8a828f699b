"""The counts that every page shows around its content."""

from typing import Any

from accounts.models import LiveEvent, Membership, User
from harassment.models import Alert, Case, Incident
from harassment.queries.counts import ask_together
from harassment.queries.exposure import reveals_today


def navigation_counts(membership: Membership, user: User) -> dict[str, Any]:
    """inbox_open, cases_open, alerts_unseen, exposure and live_seq, in one SQL statement.

    The first four are CappedCount. live_seq is the id of the newest LiveEvent of the
    workspace, None before the first.
    """
    return ask_together(
        counts={
            "inbox_open": Incident.objects.visible_to(membership).open(),
            "cases_open": Case.objects.visible_to(membership).open(),
            "alerts_unseen": Alert.objects.visible_to(membership).unseen(),
            "exposure": reveals_today(user),
        },
        values={
            "live_seq": LiveEvent.objects.filter(workspace_id=membership.workspace_id)
            .order_by("-id")
            .values("id")
        },
    )
