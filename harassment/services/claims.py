"""Saying to the others what a person has open, so that two never decide unknowingly."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import live
from accounts.models import User
from harassment.models import CommentClaim
from integrations.models import Comment

_COMPANY = timedelta(minutes=15)  # who was in the inbox within this is told


@transaction.atomic
def claim_comment(*, comment: Comment, actor: User) -> None:
    """Say that `actor` has this comment open, for `settings.CLAIM_SECONDS` and nothing else.

    True afterwards: it is the only one they have open. Nothing is locked: whoever decides first
    decides. Pokes "claims" when somebody else has been at work lately.
    """
    now = timezone.now()
    CommentClaim.objects.update_or_create(
        user_id=actor.pk,
        defaults={
            "user_label": actor.label[:80],
            "comment": comment,
            "until": now + timedelta(seconds=settings.CLAIM_SECONDS),
        },
    )
    others = CommentClaim.objects.exclude(user_id=actor.pk).filter(until__gt=now - _COMPANY)
    if others.exists():
        live.poke("claims")
