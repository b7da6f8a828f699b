"""How much abuse a person has chosen to read today."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from harassment.models import Reveal


def day_began_at(user: User) -> datetime:
    """Midnight where the person is."""
    here = timezone.localtime(timezone.now(), ZoneInfo(user.timezone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def reveals_today(user: User) -> QuerySet[Reveal]:
    """What the person has revealed in this workspace since midnight; reading twice counts twice."""
    return Reveal.objects.filter(user_id=user.pk, at__gte=day_began_at(user))


def exposure_today(user: User) -> int:
    """How many times the person has revealed a comment since midnight."""
    return reveals_today(user).count()
