"""The counts that every page shows around its content."""

from typing import Any

from accounts.models import LiveEvent, Membership, User
from harassment.models import Case, Incident, Shield, Wellbeing
from harassment.queries.alerts import unseen_by
from harassment.queries.counts import ask_together
from harassment.queries.exposure import reveals_today


def navigation_counts(membership: Membership, user: User) -> dict[str, Any]:
    """inbox_open, cases_open, alerts_unseen, exposure, shields_up, live_seq and shield_until, in
    one SQL statement.

    The first five are CappedCount. live_seq is the id of the newest LiveEvent of the
    workspace, None before the first; shield_until when the first of the shields ends.
    """
    return ask_together(
        counts={
            "inbox_open": Incident.objects.visible_to(membership).open(),
            "cases_open": Case.objects.visible_to(membership).open(),
            "alerts_unseen": unseen_by(membership),
            "exposure": reveals_today(user),
            "shields_up": Shield.objects.visible_to(membership).active(),
        },
        values={
            **{
                f"own_{name}": Wellbeing.objects.filter(user_id=user.pk).values(name)
                for name in ("daily_limit", "quiet_from", "quiet_until", "rings_for_danger")
            },
            "live_seq": LiveEvent.objects.filter(workspace_id=membership.workspace_id)
            .order_by("-id")
            .values("id"),
            "shield_until": Shield.objects.visible_to(membership)
            .active()
            .order_by("ends_at")
            .values("ends_at"),
        },
    )
