"""Proof: captured before any action, chained by SHA-256 per case, never edited."""

import json
import uuid
from typing import Any

from django.db import models

from harassment.models.cases import Case
from integrations.models import Comment


class Evidence(models.Model):
    """One captured comment. A database trigger refuses every change and deletion."""

    class Reason(models.TextChoices):
        INCIDENT = "incident"  # when the incident was opened
        ACTION = "action"  # right before a person's action went to the platform
        EDIT = "edit"  # its author changed the wording
        MOVED = "moved"  # into another case, whose own chain goes on with it

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # null: the workspace's own chain, for comments that were acted on and belong to no case.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="evidence")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="evidence")
    sequence = models.PositiveIntegerField()  # 1.. within the chain
    reason = models.CharField(max_length=10, choices=Reason.choices)
    # What is hashed. In aura-evidence/1 the words themselves; since aura-evidence/2 only the root
    # of `commitments`, so that the words can be erased and the chain still holds.
    payload = models.JSONField()
    commitments = models.JSONField(default=dict)  # field name to SHA-256 over salt, name and value
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
        indexes = [
            models.Index(fields=["comment", "-captured_at"], name="evidence_comment"),
            models.Index(fields=["captured_at"], name="evidence_captured"),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence}"

    def fields(self) -> dict[str, dict[str, Any]]:
        """Per field its commitment and, unless it was erased, its salt and value."""
        content = getattr(self, "content", None)  # a one-to-one row that may be gone
        held: dict[str, list[str]] = content.fields if content else {}
        return {
            name: {"commitment": digest}
            | ({"salt": held[name][0], "value": json.loads(held[name][1])} if name in held else {})
            for name, digest in self.commitments.items()
        }


class EvidenceContent(models.Model):
    """The words of one item. A trigger lets it go only after its erasure was written down."""

    evidence = models.OneToOneField(Evidence, on_delete=models.PROTECT, related_name="content")
    # Field name to [salt, canonical JSON]: text, because jsonb would respell numbers.
    fields = models.JSONField()

    def __str__(self) -> str:
        return str(self.evidence_id)

    def read(self) -> dict[str, Any]:
        """The fields that are still there, by name."""
        return {name: json.loads(text) for name, (_, text) in self.fields.items()}


class EvidenceErasure(models.Model):
    """A person's right to be forgotten, carried out on one item: which fields, when, why."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="erasures")
    content_id = models.BigIntegerField(unique=True)  # the row of EvidenceContent that may go
    fields = models.JSONField()  # names
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.at:%Y-%m-%d}"
