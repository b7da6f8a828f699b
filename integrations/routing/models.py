"""Public rows that lead from a platform's answer to a workspace: values, never keys into it."""

from django.db import models

from accounts.models import User, Workspace


class OAuthState(models.Model):
    """One consent dance: single use, bound to a person, a workspace and a platform."""

    state_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of what the browser carries
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=24)
    verifier_enc = models.TextField()  # PKCE verifier, encrypted (integrations/tokens.py)
    account_code = models.UUIDField(null=True)  # set when an existing account is reconnected
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.platform} {self.pk}"


class ConnectionRoute(models.Model):
    """A connected account and when it is next read. One account may be in several workspaces."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=24)
    external_id = models.CharField(max_length=200)
    account_code = models.UUIDField()
    next_sync_at = models.DateTimeField(null=True)  # null: paused, revoked or disconnected

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "account_code"], name="route_account_once")
        ]
        indexes = [
            models.Index(fields=["platform", "external_id"], name="route_external"),
            models.Index(fields=["next_sync_at"], name="route_next_sync"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.account_code}"
