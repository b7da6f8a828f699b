"""What the live coach told a streamer, and whether it is wanted."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models import Post, SocialAccount


class Coaching(models.Model):
    """How the coach works for one account; without a row it speaks, in computed sentences."""

    account = models.OneToOneField(SocialAccount, on_delete=models.CASCADE, related_name="coaching")
    is_on = models.BooleanField(default=True)
    has_words = models.BooleanField(default=False)  # a model may word its tips: a request each
    user_id = models.BigIntegerField(null=True)  # who asked for that: theirs are the requests

    def __str__(self) -> str:
        return f"{self.account_id} {self.is_on}"


class CoachTipQuerySet(models.QuerySet["CoachTip"]):
    """Vocabulary of tips."""

    def shown_since(self, moment: datetime) -> "CoachTipQuerySet":
        """Those made after `moment` that nobody has dismissed, the newest first."""
        return self.filter(made_at__gt=moment, dismissed_at=None).order_by("-made_at", "-pk")


class CoachTip(models.Model):
    """One thing the figures of a stream suggested. No word of a viewer is in it."""

    class Kind(models.TextChoices):
        RAID = "raid", _("Raid")
        ABUSE = "abuse", _("Harsher chat")
        CALM = "calm", _("Calm again")
        QUESTIONS = "questions", _("Questions")
        SILENCE = "silence", _("Silence")
        DROP = "drop", _("Slower chat")
        MILESTONE = "milestone", _("Milestone")

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="coach_tips")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    metric_ref = models.CharField(max_length=24)  # the figure it is about
    figures = models.JSONField()  # ref -> whole number: all that it was made from
    words = models.CharField(max_length=300, blank=True)  # by a model; empty: computed alone
    language = models.CharField(max_length=2, blank=True)  # of those words
    provider = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)

    objects = CoachTipQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-made_at"], name="coach_tip_recent")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"
