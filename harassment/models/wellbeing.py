"""What protects the people who read: own limits, quiet hours, and asking a colleague."""

import uuid
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from harassment.models.cases import Target
from integrations.models import Comment


def default_limit() -> int:
    """Revealed comments a day of a person who chose nothing."""
    return int(settings.EXPOSURE_LIMIT)


class Wellbeing(models.Model):
    """One person's own limits in this workspace; nobody else sees them."""

    user_id = models.BigIntegerField(unique=True)  # users live in public
    daily_limit = models.PositiveSmallIntegerField(
        _("Masked comments a day"), default=default_limit
    )
    quiet_from = models.TimeField(_("Quiet from"), null=True, blank=True)  # the person's own clock
    quiet_until = models.TimeField(_("until"), null=True, blank=True)
    rings_for_danger = models.BooleanField(
        _("Ring even then for a concrete threat or published private details"), default=True
    )
    has_mails = models.BooleanField(
        _("Tell me by e-mail too: cases, reports, rights requests"), default=True
    )

    def __str__(self) -> str:
        return str(self.user_id)

    def is_quiet(self, user: User, moment: datetime | None = None) -> bool:
        """Whether the person's quiet hours run at that moment; they may span midnight."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        now: time = timezone.localtime(moment or timezone.now(), ZoneInfo(user.timezone)).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= now < self.quiet_until
        return now >= self.quiet_from or now < self.quiet_until


class ReadRequestQuerySet(models.QuerySet["ReadRequest"]):
    """Vocabulary of requests to read."""

    def open(self) -> "ReadRequestQuerySet":
        """Nobody has answered yet."""
        return self.filter(state=ReadRequest.State.ASKED)

    def visible_to(self, membership: Membership) -> "ReadRequestQuerySet":
        """Those the person has asked for or was asked, on accounts they may see."""
        mine = self.filter(
            models.Q(asked_by_id=membership.user_id) | models.Q(asked_of_id=membership.user_id)
        )
        if membership.confined_to is not None:
            return mine.filter(comment__account__owner_id=membership.confined_to)
        return mine


class ReadRequest(models.Model):
    """One person asks another to read a masked comment and to tell only what it amounts to."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Danger(models.TextChoices):
        NO = "no", _("No")
        UNSURE = "unsure", _("Perhaps")
        YES = "yes", _("Yes")

    class Need(models.TextChoices):
        NOTHING = "nothing", _("Nothing needs to be done")
        LATER = "later", _("It can wait")
        NOW = "now", _("Somebody should act now")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="read_requests")
    asked_by_id = models.BigIntegerField()
    asked_by_label = models.CharField(max_length=80)
    asked_of_id = models.BigIntegerField()
    asked_of_label = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    # The answer is facts of closed lists: no word of the comment can come along.
    kinds = models.JSONField(default=list)
    target = models.CharField(max_length=10, choices=Target.choices, blank=True)
    danger = models.CharField(max_length=6, choices=Danger.choices, blank=True)
    need = models.CharField(max_length=8, choices=Need.choices, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)

    objects = ReadRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "asked_by_id"],
                condition=models.Q(state="asked"),
                name="read_request_once",
            )
        ]
        indexes = [
            models.Index(fields=["asked_of_id", "state", "-created_at"], name="read_request_of")
        ]

    def __str__(self) -> str:
        return str(self.code)
