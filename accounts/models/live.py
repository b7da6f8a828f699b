"""What an open page may have missed: one row per poke, replayed after a reconnect."""

from django.db import models

from accounts.models.workspaces import Workspace


class LiveEvent(models.Model):
    """Something changed in a workspace. Its id is the sequence number; it carries no content."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=24)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "id"], name="live_workspace_id")]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"
