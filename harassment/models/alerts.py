"""What a person should hear about now."""

import uuid

from django.db import models

from accounts.models import Membership
from harassment.models.cases import Incident, Severity
from harassment.models.shields import Shield


class AlertQuerySet(models.QuerySet["Alert"]):
    """Vocabulary of alerts."""

    def unseen(self) -> "AlertQuerySet":
        """Nobody in the workspace has marked them as seen; those in a digest count as one."""
        return self.rung().filter(seen_at=None)

    def rung(self) -> "AlertQuerySet":
        """Those that made themselves heard: not the ones that a shield gathered in its digest."""
        return self.filter(models.Q(shield=None) | models.Q(is_digest=True))

    def visible_to(self, membership: Membership) -> "AlertQuerySet":
        """Those on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(incident__comment__account__owner_id=membership.confined_to)
        return self.all()


class Alert(models.Model):
    """One alert for one incident: the one-to-one key is what makes a second alert impossible."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="alert")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    seen_by_id = models.BigIntegerField(null=True)
    # Gathered silently while this shield was up; when it ends, one of them rings for all.
    shield = models.ForeignKey(Shield, on_delete=models.SET_NULL, null=True, related_name="alerts")
    is_digest = models.BooleanField(default=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["-created_at"], condition=models.Q(seen_at=None), name="alert_unseen"
            ),
            models.Index(fields=["-created_at", "-id"], name="alert_recent"),
        ]

    def __str__(self) -> str:
        return str(self.code)
