"""What people captured by hand from their screen, and the keys with which their browsers send."""

import uuid

from django.db import models

from accounts.models import Membership
from integrations.models.content import Comment


class CaptureTokenQuerySet(models.QuerySet["CaptureToken"]):
    """Vocabulary of capture keys."""

    def usable(self) -> "CaptureTokenQuerySet":
        """Those that nobody has revoked."""
        return self.filter(revoked_at=None)

    def of(self, membership: Membership) -> "CaptureTokenQuerySet":
        """A person's own: nobody else sees or revokes them."""
        return self.filter(user_id=membership.user_id)


class CaptureToken(models.Model):
    """Lets one person's browser bring captured comments into this workspace, and nothing else."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Users live in public, so a value and not a key.
    user_id = models.BigIntegerField()
    name = models.CharField(max_length=60)  # how the person tells their browsers apart
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256; the key itself is not kept
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = CaptureTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Capture(models.Model):
    """Who says that a comment stood on their screen, and when; no platform has confirmed it."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="capture")
    user_id = models.BigIntegerField()
    person = models.CharField(max_length=80)  # as the person was called then
    captured_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.comment_id} {self.captured_at:%Y-%m-%d %H:%M}"
