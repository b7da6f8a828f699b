"""Proof: captured before any action, chained by SHA-256 per case, never edited."""

import uuid

from django.db import models

from harassment.models.cases import Case
from integrations.models import Comment


class Evidence(models.Model):
    """One captured comment. A database trigger refuses every change and deletion."""

    class Reason(models.TextChoices):
        INCIDENT = "incident"  # when the incident was opened
        ACTION = "action"  # right before a person's action went to the platform
        EDIT = "edit"  # its author changed the wording

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # null: the workspace's own chain, for comments that were acted on and belong to no case.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="evidence")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="evidence")
    sequence = models.PositiveIntegerField()  # 1.. within the chain
    reason = models.CharField(max_length=10, choices=Reason.choices)
    payload = models.JSONField()  # harassment.services.evidence says what is in it
    previous_hash = models.CharField(max_length=64)  # of sequence - 1; 64 zeros for the first
    hash = models.CharField(max_length=64)  # SHA-256 over previous_hash and the canonical payload
    captured_at = models.DateTimeField()

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "sequence"], name="evidence_chain_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["comment", "-captured_at"], name="evidence_comment")]

    def __str__(self) -> str:
        return f"#{self.sequence}"
