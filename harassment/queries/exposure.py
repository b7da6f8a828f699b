"""How much abuse a person has chosen to read today, and what they want to hear when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from harassment.models import Reveal, Wellbeing
from harassment.queries.counts import ask_together


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a person has read: today, and within the last minutes."""

    today: int
    limit: int
    recent: int
    oldest_recent: datetime | None

    @property
    def is_full(self) -> bool:
        """Whether the day's own limit is reached."""
        return self.today >= self.limit

    @property
    def is_fast(self) -> bool:
        """Whether so much was read in a row that a pause would do good."""
        return self.recent >= settings.EXPOSURE_PACE

    @property
    def pause_until(self) -> datetime | None:
        """When reading on would no longer be too fast."""
        if not self.is_fast or self.oldest_recent is None:
            return None
        return self.oldest_recent + timedelta(minutes=settings.EXPOSURE_PACE_MINUTES)


def day_began_at(user: User) -> datetime:
    """Midnight where the person is."""
    here = timezone.localtime(timezone.now(), ZoneInfo(user.timezone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def reveals_today(user: User) -> QuerySet[Reveal]:
    """What the person has revealed in this workspace since midnight; reading twice counts twice."""
    return Reveal.objects.filter(user_id=user.pk, at__gte=day_began_at(user))


def exposure_of(user: User) -> Exposure:
    """The person's exposure and own limit, in one statement."""
    since = timezone.now() - timedelta(minutes=settings.EXPOSURE_PACE_MINUTES)
    recent = Reveal.objects.filter(user_id=user.pk, at__gt=since)
    found = ask_together(
        counts={"today": reveals_today(user), "recent": recent},
        values={
            "oldest_recent": recent.order_by("-at").values("at")[
                settings.EXPOSURE_PACE - 1 : settings.EXPOSURE_PACE
            ],
            "limit": Wellbeing.objects.filter(user_id=user.pk).values("daily_limit"),
        },
    )
    limit = settings.EXPOSURE_LIMIT if found["limit"] is None else found["limit"]
    return Exposure(int(found["today"]), limit, int(found["recent"]), found["oldest_recent"])


def wellbeing_of(user: User) -> Wellbeing:
    """What the person chose, or the defaults as an unsaved row."""
    return Wellbeing.objects.filter(user_id=user.pk).first() or Wellbeing(user_id=user.pk)
