"""The shield: for some hours one account is handled more strictly, and then exactly as before."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models import Comment, ModerationAction, SocialAccount


class ShieldQuerySet(models.QuerySet["Shield"]):
    """Vocabulary of shields."""

    def active(self) -> "ShieldQuerySet":
        """Up at this moment. The clock alone ends one: a job that is late changes nothing."""
        return self.filter(ended_at=None, ends_at__gt=timezone.now())

    def visible_to(self, membership: Membership) -> "ShieldQuerySet":
        """Those of accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()


class Shield(models.Model):
    """One stretch of stricter handling of one account. When it is over, all is as it was."""

    class Origin(models.TextChoices):
        HOME = "home"
        PAGE = "page"
        CASE = "case"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="shields")
    origin = models.CharField(max_length=4, choices=Origin.choices)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # written when it was stopped or its job has run
    is_stopped = models.BooleanField(default=False)  # by a person, before its time
    raised_by_id = models.BigIntegerField()  # users live in public
    raised_by_label = models.CharField(max_length=80)
    stopped_by_label = models.CharField(max_length=80, blank=True)
    # Whether what it holds is also hidden on the platform until it ends, and then shown again.
    is_hiding = models.BooleanField(default=False)

    objects = ShieldQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(ended_at=None), name="shield_up_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_up(self) -> bool:
        """Whether it works at this moment."""
        return self.ended_at is None and self.ends_at > timezone.now()


class ShieldHoldQuerySet(models.QuerySet["ShieldHold"]):
    """Vocabulary of holds."""

    def active(self) -> "ShieldHoldQuerySet":
        """Of a shield that is up, and not let through by a person."""
        return self.filter(
            released_at=None, shield__ended_at=None, shield__ends_at__gt=timezone.now()
        )


class ShieldHold(models.Model):
    """One comment kept masked and quiet while a shield is up."""

    class Reason(models.TextChoices):
        NEWCOMER = "newcomer", _("first comment of this person here")
        DOUBT = "doubt", _("a little rough, below the usual limit")

    shield = models.ForeignKey(Shield, on_delete=models.CASCADE, related_name="holds")
    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="hold")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    held_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)
    released_by_label = models.CharField(max_length=80, blank=True)
    # The hiding that the shield asked for; it knows the visibility before. Empty: none was asked.
    action = models.OneToOneField(
        ModerationAction, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    restored_at = models.DateTimeField(null=True)  # when showing it again was settled

    objects = ShieldHoldQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.comment_id} {self.reason}"
