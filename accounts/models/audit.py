"""What people did, append-only: a database trigger refuses every change and deletion."""

from django.db import models

from accounts.models.workspaces import Workspace


class AuditEntry(models.Model):
    """One act of a person or of Aura itself, visible to the workspace it happened in."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, related_name="audit_entries"
    )
    # Plain values: an entry outlives the account of the person who acted.
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=80)  # dotted: room.noun.verb-past
    target = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)  # ids and states, never comment texts or addresses
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at"], name="audit_workspace_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"
