"""Marking alerts as seen."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import live
from accounts.models import Membership, User
from harassment.models import Alert


@transaction.atomic
def see_alerts(*, codes: Iterable[UUID], membership: Membership, actor: User) -> int:
    """Mark those alerts as seen, for everybody in the workspace; how many were not before.

    Only the ones that were on the person's page: one that arrived meanwhile stays unseen. Pokes
    "inbox" and not "alerts", which rings.
    """
    seen = (
        Alert.objects.visible_to(membership)
        .unseen()
        .filter(code__in=list(codes))
        .update(seen_at=timezone.now(), seen_by_id=actor.pk)
    )
    if seen:
        live.poke("inbox")
    return seen
