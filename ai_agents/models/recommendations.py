"""What the figures of an account suggest, and what people made of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models import Post, SocialAccount


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    """Vocabulary of recommendations."""

    def visible_to(self, membership: Membership) -> "RecommendationQuerySet":
        """Those about accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()

    def current(self) -> "RecommendationQuerySet":
        """Those whose figures still hold."""
        return self.filter(ended_at=None)


class Recommendation(models.Model):
    """One finding with its figures. Its sentence is written in the reader's language when shown.

    A finding that goes on is one row, whatever people did with it; when its figures no longer
    hold, `ended_at` is set, and the same finding would be a row of its own again.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SNOOZED = "snoozed", _("Later")
        ACCEPTED = "accepted", _("Being tried")
        DONE = "done", _("Done")
        DISMISSED = "dismissed", _("Dismissed")
        EXPIRED = "expired", _("No longer holds")

    class Why(models.TextChoices):
        KNOWN = "known", _("I knew that")
        UNFIT = "unfit", _("It does not fit what I do")
        WRONG = "wrong", _("I do not think it is true")
        OTHER = "other", _("Another reason")

    TRIED = (State.ACCEPTED, State.DONE)
    WAITING = (State.OPEN, State.SNOOZED)

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=12)  # a value of insights.findings.Kind
    subject = models.CharField(max_length=80, blank=True)  # see Kind; a word of a title is outside
    zone = models.CharField(max_length=64)  # of its hours and days: the creator's
    figures = models.JSONField(default=list)  # as figures.as_data, without labels
    n = models.PositiveIntegerField()  # videos, weeks or days that it rests on
    chance = models.FloatField()  # how often chance alone would do the same; 0: a fact
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    why = models.CharField(max_length=8, choices=Why.choices, blank=True)  # it was dismissed
    snoozed_until = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)  # users live in public
    decided_by_label = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)  # its effect is measured from here
    effect = models.JSONField(default=dict)  # as insights.effect.Effect.as_data
    created_at = models.DateTimeField(auto_now_add=True)
    held_at = models.DateTimeField()  # when its figures were last computed
    ended_at = models.DateTimeField(null=True)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "subject"],
                condition=Q(ended_at=None),
                name="recommendation_once",
            )
        ]
        indexes = [models.Index(fields=["state", "-created_at"], name="recommendation_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.account_id} {self.state}"

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has still to decide."""
        return self.state in self.WAITING
