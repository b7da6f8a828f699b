"""What people did with whole cases, what they must hear about them, and how long authors stay."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Grant, Membership
from harassment.models.cases import Case

DEFAULT_HOURS = (168, 72, 24, 4)  # to the decision, from low to critical


def default_hours() -> list[int]:
    """Hours to the decision of a workspace that chose none."""
    return list(DEFAULT_HOURS)


class CaseMerge(models.Model):
    """One case that was taken into another; enough to take them apart exactly."""

    source = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="merges_out")
    target = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="merges_in")
    moved = models.JSONField()  # codes of the incidents
    carried = models.JSONField()  # codes of the cases that were merged into the source before
    status_before = models.CharField(max_length=16)
    closed_before = models.DateTimeField(null=True)
    actor_id = models.BigIntegerField()
    actor_label = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(undone_at=None), name="merge_standing_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} into {self.target_id}"


class CaseLink(models.Model):
    """Two cases that a person wants to be read together; `first` has the lower number."""

    first = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links_up")
    second = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links_down")
    note = models.CharField(max_length=200, blank=True)
    actor_id = models.BigIntegerField()
    actor_label = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="link_once")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class CaseNoticeQuerySet(models.QuerySet["CaseNotice"]):
    """Vocabulary of notices."""

    def unseen(self) -> "CaseNoticeQuerySet":
        """Not marked as seen."""
        return self.filter(seen_at=None)

    def visible_to(self, membership: Membership) -> "CaseNoticeQuerySet":
        """Those for this person, or for everybody who may work on the case."""
        mine = Q(user_id=membership.user_id)
        if membership.may(Grant.MODERATE):
            mine |= Q(user_id=None)
        if membership.confined_to is not None:
            mine &= Q(case__account__owner_id=membership.confined_to)
        return self.filter(mine)


class CaseNotice(models.Model):
    """One thing about a case that one person, or everybody who works on cases, should hear."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue"
        ESCALATED = "escalated"
        ASSIGNED = "assigned"
        ANSWERED = "answered"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user_id = models.BigIntegerField(null=True)  # null: everybody who works on cases
    from_label = models.CharField(max_length=80, blank=True)  # the person it comes from
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)

    objects = CaseNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at"], condition=Q(seen_at=None), name="notice_unseen")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class CaseSettings(models.Model):
    """How this workspace works on cases: one row, or none and the defaults hold."""

    hours = models.JSONField(default=default_hours)  # to the decision, by severity 1..4
    half_life_days = models.PositiveSmallIntegerField(default=30)  # of a strike
    keep_days = models.PositiveSmallIntegerField(default=90)  # an author, after the last of it
    changed_by_label = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.hours} {self.half_life_days} {self.keep_days}"

    @property
    def half_life(self) -> timedelta:
        """After it a strike has half its weight."""
        return timedelta(days=self.half_life_days)

    @property
    def keep(self) -> timedelta:
        """How long an author is known after the last case has ended."""
        return timedelta(days=self.keep_days)


class AuthorHold(models.Model):
    """A person's reason to know an author longer than the workspace's rule says."""

    platform = models.CharField(max_length=24)
    author_external_id = models.CharField(max_length=200)
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    actor_id = models.BigIntegerField()
    actor_label = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "author_external_id"], name="author_hold_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.until:%Y-%m-%d}"
