"""Whether one author attacks several creators of this workspace, kept without a single handle."""

from django.db import models
from django.utils import timezone


class RosterKey(models.Model):
    """The secret of the present marks. A new one makes every earlier mark worthless."""

    secret = models.CharField(max_length=64)  # hex
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"


class RosterMark(models.Model):
    """Somebody, known only by a keyed digest, was flagged at one creator."""

    key = models.ForeignKey(RosterKey, on_delete=models.CASCADE, related_name="marks")
    digest = models.CharField(max_length=64)  # HMAC-SHA256 over platform and author
    creator = models.CharField(max_length=24)  # u<person> or, without an owner, a<account>

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "digest", "creator"], name="roster_mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.creator}"
