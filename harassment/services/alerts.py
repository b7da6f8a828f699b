"""Marking alerts as seen."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import live
from accounts.models import Membership, User
from harassment.models import Alert, CaseNotice


@transaction.atomic
def see_alerts(*, codes: Iterable[UUID], membership: Membership, actor: User) -> int:
    """Mark those alerts and notices as seen, for everybody they are for; how many were not before.

    Only the ones that were on the person's page: one that arrived meanwhile stays unseen. Pokes
    "inbox" and not "alerts", which rings.
    """
    codes, now = list(codes), timezone.now()
    seen = (
        Alert.objects.visible_to(membership)
        .unseen()
        .filter(code__in=codes)
        .update(seen_at=now, seen_by_id=actor.pk)
    )
    notices = CaseNotice.objects.visible_to(membership).unseen().filter(code__in=codes)
    seen += notices.update(seen_at=now)
    if seen:
        live.poke("inbox")
    return seen
