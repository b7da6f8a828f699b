"""What people are to hear by e-mail: one row for one person and one thing, so it is told once."""

from django.db import models
from django.db.models import Q

from harassment.models.casework import CaseNotice
from harassment.models.reports import Report
from harassment.models.rights import RightsRequest


class MailItemQuerySet(models.QuerySet["MailItem"]):
    """Vocabulary of what is to be mailed."""

    def waiting(self) -> "MailItemQuerySet":
        """Neither sent nor found to be of no use any more."""
        return self.filter(state=MailItem.State.WAITING)


class MailItem(models.Model):
    """One thing that one person is told by e-mail: a notice, a report, or a rights request."""

    class Kind(models.TextChoices):
        NOTICE = "notice"
        REPORT_DUE = "report_due"
        REPORT_ANSWERED = "report_answered"
        REQUEST_NEW = "request_new"
        REQUEST_DUE = "request_due"
        REQUEST_LATE = "request_late"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"

    user_id = models.BigIntegerField()  # users live in public
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=120)  # of what is told: nobody is told it twice
    notice = models.ForeignKey(CaseNotice, on_delete=models.CASCADE, null=True, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, related_name="+")
    asked = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    objects = MailItemQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["user_id", "key"], name="mail_item_once")]
        indexes = [
            models.Index(
                fields=["user_id"], condition=Q(state="waiting"), name="mail_item_waiting"
            ),
            models.Index(fields=["user_id", "-settled_at"], name="mail_item_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
