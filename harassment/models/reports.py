"""Reports about a case: what a person writes, approves and sends elsewhere, and what came back."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.models.cases import Case
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM


class ReportQuerySet(models.QuerySet["Report"]):
    """Vocabulary of reports."""

    def visible_to(self, membership: Membership) -> "ReportQuerySet":
        """Those about cases on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(case__account__owner_id=membership.confined_to)
        return self.all()

    def awaited(self) -> "ReportQuerySet":
        """Sent, and nobody has decided about it yet."""
        return self.filter(state=Report.State.SENT)


class Report(models.Model):
    """One report, from the draft to the answer. Aura writes it down; only people send it."""

    class Kind(models.TextChoices):
        NOTICE = NOTICE, _("Notice, DSA art. 16")
        PLATFORM = PLATFORM, _("Platform's form")
        COMPLAINT = COMPLAINT, _("Annex to a complaint")
        BRIEF = BRIEF, _("Brief for a bailiff or lawyer")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved, not sent")
        SENT = "sent", _("Sent")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Outcome(models.TextChoices):
        RECEIPT = "receipt", _("They confirmed receipt")
        REMOVED = "removed", _("Removed or restricted")
        REFUSED = "refused", _("Nothing was done")
        OTHER = "other", _("Another answer")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    recipient = models.CharField(max_length=120, blank=True)  # stands on every page of the PDF
    ground = models.CharField(max_length=16, blank=True)  # slug in reports/grounds.toml
    why = models.TextField(blank=True)
    harm = models.TextField(blank=True)
    asked = models.TextField(blank=True)
    addresses = models.TextField(blank=True)  # one a line
    items = models.JSONField(default=list)  # numbers of links in the chain of the case
    sender_name = models.CharField(max_length=120, blank=True)
    sender_email = models.CharField(max_length=254, blank=True)
    is_nameless = models.BooleanField(default=False)
    is_good_faith = models.BooleanField(default=False)
    has_words = models.BooleanField(default=False)  # whether the PDF quotes the abusive words
    created_by_label = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_by_label = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField(null=True)
    approved_by_id = models.BigIntegerField(null=True)
    approved_by_label = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    sent_by_label = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)  # as the person says
    reference = models.CharField(max_length=120, blank=True)  # what the other side calls it
    received_at = models.DateTimeField(null=True)  # they confirmed receipt
    remind_at = models.DateTimeField(null=True)  # the next reminder
    reminded_at = models.DateTimeField(null=True)  # the last one
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    answer = models.TextField(blank=True)
    answered_by_label = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)
    file = models.FileField(upload_to="reports/", blank=True)  # the PDF as it was approved
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=300, blank=True)  # English msgid, for people

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "remind_at"], name="report_follow_up")]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def short_code(self) -> str:
        """Enough of the code to name it in a letter."""
        return str(self.code)[:8]

    @property
    def is_draft(self) -> bool:
        """Whether its words may still change."""
        return self.state == self.State.DRAFT

    @property
    def is_waiting(self) -> bool:
        """Whether it was sent and an answer is due."""
        return self.state == self.State.SENT
