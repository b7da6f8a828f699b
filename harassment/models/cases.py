"""Incidents (one abusive comment) gather into cases (one author on one account)."""

import uuid
from datetime import timedelta

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from integrations.models import Comment, SocialAccount

_CASE_BOOK = 0x41555241  # class of the advisory lock; its second key is the schema


class Severity(models.IntegerChoices):
    """How much a person should care; said as bars, word and hue."""

    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")
    CRITICAL = 4, _("Critical")


class Target(models.TextChoices):
    """Whom a comment is aimed at: the axis beside what it does to them."""

    CREATOR = "creator", _("the creator")
    FAMILY = "family", _("family or a child")
    TEAM = "team", _("the team")
    COMMENTER = "commenter", _("another commenter")
    GROUP = "group", _("a group of people")
    BRAND = "brand", _("a brand or product")
    NOBODY = "nobody", _("nobody in particular")


INCIDENT_FROM = Severity.MEDIUM  # below it a comment waits in the inbox and opens no case
MASKED_FROM = Severity.MEDIUM  # from here on the words stay on the server until revealed
URGENT_KINDS = frozenset({"threat", "doxx"})  # of them somebody hears whatever else happens


def hold_case_book() -> None:
    """Let no other transaction of this workspace open or reopen a case until this one ends.

    Numbers are then without gaps, and an author never gets two open cases on one account.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [_CASE_BOOK])


class CaseQuerySet(models.QuerySet["Case"]):
    """Vocabulary of cases."""

    def open(self) -> "CaseQuerySet":
        """Waiting for a person or being worked on."""
        return self.filter(status__in=Case.OPEN)

    def closed(self) -> "CaseQuerySet":
        """Decided: resolved or dismissed."""
        return self.exclude(status__in=Case.OPEN)

    def visible_to(self, membership: Membership) -> "CaseQuerySet":
        """Those on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()


class Case(models.Model):
    """What one author did to one account, from the first incident to the decision."""

    class Status(models.TextChoices):
        NEW = "new", _("New")
        INVESTIGATING = "investigating", _("Investigating")
        RESOLVED = "resolved", _("Resolved")
        DISMISSED = "dismissed", _("Dismissed")
        MERGED = "merged", _("Merged")

    class Waiting(models.TextChoices):
        PLATFORM = "platform", _("the platform")
        CREATOR = "creator", _("the creator")
        LAW = "law", _("a lawyer or the police")
        OTHER = "other", _("somebody else")

    OPEN = (Status.NEW, Status.INVESTIGATING)
    WAVE = "wave:"  # leads the key of a case that gathers a wave and not what one author did
    HAND = "hand:"  # of one that a person opened about no single author
    GONE = "gone:"  # of one whose author was forgotten; the same for all cases of that author

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.PositiveIntegerField(unique=True)  # AUR-0001, per workspace
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="cases")
    author_external_id = models.CharField(max_length=200)
    author_handle = models.CharField(max_length=200, blank=True)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.NEW)
    dismissal_reason = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=120, blank=True)  # a member's words, of one by hand
    assignee_id = models.BigIntegerField(null=True)  # users live in public
    assignee_label = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    last_incident_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # The clock: from clock_at, without paused_for, and it stands while somebody is waited for.
    clock_at = models.DateTimeField(default=timezone.now)
    paused_for = models.DurationField(default=timedelta)
    waiting_since = models.DateTimeField(null=True)
    waiting_for = models.CharField(max_length=8, choices=Waiting.choices, blank=True)
    overdue_told_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)  # until the safety lead answers
    escalated_by_label = models.CharField(max_length=80, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="merged"
    )
    split_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="parts"
    )
    # Whether what its author writes from now on joins it. False: another open case does that.
    takes_new = models.BooleanField(default=True)
    anonymised_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            # A new incident of the same author joins the open case; after it is closed, a new one.
            models.UniqueConstraint(
                fields=["account", "author_external_id"],
                condition=models.Q(status__in=["new", "investigating"], takes_new=True),
                name="case_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["status", "-severity", "-last_incident_at"], name="case_queue")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How people name the case."""
        return f"AUR-{self.number:04d}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.status in self.OPEN

    @property
    def is_wave(self) -> bool:
        """Whether it gathers an unusual wave of comments; it has no author then."""
        return self.author_external_id.startswith(self.WAVE)

    @property
    def has_author(self) -> bool:
        """Whether it is about one author whom the workspace still knows."""
        nobody = (self.WAVE, self.HAND, self.GONE)
        return bool(self.author_external_id) and not self.author_external_id.startswith(nobody)


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Vocabulary of incidents."""

    def open(self) -> "IncidentQuerySet":
        """Nobody has decided yet."""
        return self.filter(state=Incident.State.OPEN)

    def dangerous(self) -> "IncidentQuerySet":
        """Critical ones, threats, and published private details: they ring in quiet hours too."""
        urgent = models.Q(severity__gte=Severity.CRITICAL)
        for kind in sorted(URGENT_KINDS):
            urgent |= models.Q(kinds__contains=[kind])
        return self.filter(urgent)

    def visible_to(self, membership: Membership) -> "IncidentQuerySet":
        """Those on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(comment__account__owner_id=membership.confined_to)
        return self.all()


class Incident(models.Model):
    """One comment that a person should know about. It points at words, it never holds them."""

    class State(models.TextChoices):
        OPEN = "open", _("Needs a person")
        ACTED = "acted", _("Acted on")
        DISMISSED = "dismissed", _("Not abuse")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="incidents")
    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="incident")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    kinds = models.JSONField(default=list)
    target = models.CharField(max_length=10, choices=Target.choices, blank=True)  # by its words
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)  # when a person took it out of the open ones
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_label = models.CharField(max_length=80, blank=True)

    _DECISION = ("decided_at", "decided_by_id", "decided_by_label")

    objects = IncidentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "-severity", "-created_at"], name="incident_queue"),
            models.Index(
                fields=["-decided_at"],
                condition=models.Q(decided_at__isnull=False),
                name="incident_decided",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)

    def decide(self, state: str, actor: User) -> None:
        """Take it out of the open ones: a person acted on it, or found no abuse in it."""
        self.state = state
        self.decided_at = timezone.now()
        self.decided_by_id, self.decided_by_label = actor.pk, actor.label[:80]
        self.save(update_fields=["state", *self._DECISION])

    def open_again(self) -> None:
        """Let it wait for a person once more."""
        self.state = self.State.OPEN
        self.decided_at = self.decided_by_id = None
        self.decided_by_label = ""
        self.save(update_fields=["state", *self._DECISION])


class CaseEvent(models.Model):
    """One line of a case's timeline."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        INCIDENT = "incident"
        SEVERITY = "severity"
        CAPTURED = "captured"
        ACTION = "action"
        DECIDED = "decided"
        REVEALED = "revealed"
        STATUS = "status"
        ASSIGNED = "assigned"
        NOTE = "note"
        MERGED = "merged"
        SPLIT = "split"
        LINKED = "linked"
        ESCALATED = "escalated"
        WAITING = "waiting"
        OVERDUE = "overdue"
        FORGOTTEN = "forgotten"
        REPORTED = "reported"
        EXPORTED = "exported"
        ERASED = "erased"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)  # written by a member: a note, or why it was dismissed
    data = models.JSONField(default=dict)  # ids, states, figures; never a comment's text
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["case", "-at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
