"""Evidence that left the workspace: who took it, when, for whom, and exactly which bytes."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.models.cases import Case


class ExportQuerySet(models.QuerySet["ExportedEvidence"]):
    """Vocabulary of exports."""

    def visible_to(self, membership: Membership) -> "ExportQuerySet":
        """Those of cases on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(case__account__owner_id=membership.confined_to)
        return self.all()


class ExportedEvidence(models.Model):
    """One export of a case's evidence, from the person's request to the end of its file."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Stopped")
        CANCELLED = "cancelled", _("Cancelled")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exports")
    recipient = models.CharField(max_length=120)  # stands on every page of the PDF
    language = models.CharField(max_length=2)
    actor_id = models.BigIntegerField()
    actor_label = models.CharField(max_length=80)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    item_count = models.PositiveIntegerField(default=0)  # links at the moment of the request
    items_done = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)  # English msgid, for people
    file = models.FileField(upload_to="exports/", blank=True)  # removed when it expires
    size = models.BigIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # from then on the file is gone, the row stays

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def is_unfinished(self) -> bool:
        """Whether it still waits or is being made."""
        return self.state in self.UNFINISHED

    @property
    def percent(self) -> int | None:
        """0..99 while it is made, None before the first item. Typesetting is the last tenth."""
        return self.items_done * 90 // self.item_count if self.items_done else None
