"""What a person should hear about now."""

import uuid

from django.db import models

from accounts.models import Membership, Role
from harassment.models.cases import Incident, Severity


class AlertQuerySet(models.QuerySet["Alert"]):
    """Vocabulary of alerts."""

    def unseen(self) -> "AlertQuerySet":
        """Nobody in the workspace has marked them as seen."""
        return self.filter(seen_at=None)

    def visible_to(self, membership: Membership) -> "AlertQuerySet":
        """Those on accounts that the person may see."""
        if membership.role == Role.CREATOR:
            return self.filter(incident__comment__account__owner_id=membership.user_id)
        return self.all()


class Alert(models.Model):
    """One alert for one incident: the one-to-one key is what makes a second alert impossible."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="alert")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    seen_by_id = models.BigIntegerField(null=True)

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
