"""Unusual waves of comments on one account, and the rhythm they are measured against."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.dogpiles import Rhythm
from harassment.models.cases import Case
from integrations.models import SocialAccount

WAKE = timedelta(minutes=1)  # what comes right behind the end of a wave belongs to it


class DogpileQuerySet(models.QuerySet["Dogpile"]):
    """Vocabulary of waves."""

    def open(self) -> "DogpileQuerySet":
        """Still going on: at most one an account."""
        return self.filter(state=Dogpile.State.OPEN)

    def visible_to(self, membership: Membership) -> "DogpileQuerySet":
        """Those on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()

    def decide(self, *, is_dismissed: bool) -> int:
        """A person has decided: they are over, or were nothing in the first place."""
        state = Dogpile.State.DISMISSED if is_dismissed else Dogpile.State.OVER
        now = timezone.now()
        return self.update(state=state, decided_at=now, ended_at=Coalesce("ended_at", now))

    def reconsider(self) -> int:
        """A person works on its case again: it counts as a wave, and raises no bar any more."""
        return self.filter(state=Dogpile.State.DISMISSED).update(state=Dogpile.State.OVER)


class Dogpile(models.Model):
    """One wave on one account, gathered in one case. It says what is unusual, it accuses nobody."""

    class State(models.TextChoices):
        OPEN = "open", _("Going on")
        OVER = "over", _("Over")
        DISMISSED = "dismissed", _("Dismissed")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="dogpiles")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="dogpile")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField()  # when its first comment was published
    hot_at = models.DateTimeField()  # when it was last as a wave is
    noticed_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)  # when a person closed or dismissed its case
    # What made it stand out most: [{"name", "value" 0..1, "weight", "facts"}], and how strongly.
    signals = models.JSONField(default=list)
    score = models.FloatField(default=0.0)
    comments = models.PositiveIntegerField(default=0)  # in the densest stretch
    authors = models.PositiveIntegerField(default=0)
    newcomers = models.PositiveIntegerField(default=0)

    objects = DogpileQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(state="open"), name="dogpile_open_once"
            )
        ]
        indexes = [models.Index(fields=["account", "-started_at"], name="dogpile_recent")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%Y-%m-%d %H:%M}"

    def holds(self, moment: datetime) -> bool:
        """Whether something abusive of that moment is part of it, as long as its case is open."""
        if self.state == self.State.DISMISSED or not self.case.is_open or moment < self.started_at:
            return False
        return self.is_open or moment <= self.hot_at + WAKE

    @property
    def is_open(self) -> bool:
        """Whether it still goes on."""
        return self.state == self.State.OPEN


class AccountRhythm(models.Model):
    """How many comments each hour of the week usually brings an account: learned, replaceable."""

    account = models.OneToOneField(SocialAccount, on_delete=models.CASCADE, related_name="rhythm")
    hours = models.JSONField(default=list)  # 168 means, from Thursday 0:00 UTC on; [] when unknown
    spread = models.FloatField()
    hostility = models.FloatField()  # mean clearness of what is heard
    learned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.learned_at:%Y-%m-%d}"

    @property
    def rhythm(self) -> Rhythm:
        """As the detector wants it."""
        return Rhythm(tuple(self.hours), self.spread, self.hostility)
