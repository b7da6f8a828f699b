"""What a person outside asks about the data that is held on their handle, and what was answered."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RightsRequestQuerySet(models.QuerySet["RightsRequest"]):
    """Vocabulary of requests."""

    def open(self) -> "RightsRequestQuerySet":
        """Waiting for an answer."""
        return self.filter(closed_at=None)


class RightsRequest(models.Model):
    """One request under articles 15, 16, 17 or 21 of the GDPR."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("See what is held on my handle")
        RECTIFICATION = "rectification", _("Correct something that is wrong")
        OBJECTION = "objection", _("Object to the use of my data")
        ERASURE = "erasure", _("Have my data erased")

    class Proof(models.TextChoices):
        WAITING = "waiting", _("Not proven yet")
        COMMENT = "comment", _("Code seen in a comment")
        PERSON = "person", _("Code seen on the profile by a person")

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("Granted")
        PARTLY = "partly", _("Granted in part")
        REFUSED = "refused", _("Refused")
        UNPROVEN = "unproven", _("Closed: control of the handle was not proven")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.PositiveIntegerField(unique=True)  # R-0001, per workspace
    kind = models.CharField(max_length=13, choices=Kind.choices)
    platform = models.CharField(max_length=24)
    handle = models.CharField(max_length=200)  # as typed: outside text
    message = models.TextField(blank=True)  # outside text
    language = models.CharField(max_length=2)
    token_hash = models.CharField(max_length=64, unique=True)  # of the private address
    proof_code = models.CharField(max_length=16)
    proof = models.CharField(max_length=7, choices=Proof.choices, default=Proof.WAITING)
    proven_at = models.DateTimeField(null=True)
    proven_by_label = models.CharField(max_length=80, blank=True)
    author_external_id = models.CharField(max_length=200, blank=True)  # known once proven
    received_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    extension_reason = models.CharField(max_length=500, blank=True)
    answer = models.TextField(blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    has_copy = models.BooleanField(default=False)  # the person may take the copy of their data
    copy_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_label = models.CharField(max_length=80, blank=True)

    objects = RightsRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "number"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(closed_at=None), name="rights_due")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How people name the request."""
        return f"R-{self.number:04d}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None

    @property
    def is_proven(self) -> bool:
        """Whether control of the handle was shown."""
        return self.proof != self.Proof.WAITING

    @property
    def is_late(self) -> bool:
        """Whether the legal time is over without an answer."""
        return self.is_open and self.due_at < timezone.now()
