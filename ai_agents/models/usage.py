"""What was really used: a row for each call that answered, and the month's sum."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_agents.models.ledger import Agent, Reservation


class Usage(models.Model):
    """One attempt at one provider that answered, priced for the model that answered."""

    class Outcome(models.TextChoices):
        OK = "ok", _("answered")
        FILTERED = "filtered", _("refused by the provider's filter")
        INTERRUPTED = "interrupted", _("interrupted")
        INVALID = "invalid", _("unusable answer")

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="usage")
    attempt = models.PositiveSmallIntegerField()
    agent = models.CharField(max_length=16, choices=Agent.choices)
    month = models.CharField(max_length=7)  # of the reservation
    provider = models.CharField(max_length=12)
    deployment = models.CharField(max_length=80)  # as the chain names it: azure:blue
    model = models.CharField(max_length=80)  # as the provider named it in its answer
    input_tokens = models.PositiveIntegerField()
    cached_tokens = models.PositiveIntegerField(default=0)  # part of the input
    output_tokens = models.PositiveIntegerField()  # thinking included
    cost = models.DecimalField(max_digits=20, decimal_places=12)  # US dollars
    is_estimated = models.BooleanField(default=False)  # no count came, or no price of that model
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    latency_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reservation", "attempt"], name="usage_once")
        ]
        indexes = [
            models.Index(fields=["month", "agent"], name="usage_month"),
            models.Index(fields=["-created_at"], name="usage_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment} {self.cost}"


class MonthlyCharge(models.Model):
    """What a month's usage costs the workspace; rebuilt from the rows until it is charged."""

    month = models.CharField(max_length=7)  # UTC YYYY-MM
    part = models.PositiveSmallIntegerField(default=0)  # 0, then adjustments after a charge
    total = models.DecimalField(max_digits=20, decimal_places=12, default=Decimal(0))
    is_charged = models.BooleanField(default=False)  # frozen
    charged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-month", "part"]
        constraints = [models.UniqueConstraint(fields=["month", "part"], name="charge_once")]

    def __str__(self) -> str:
        return f"{self.month} {self.total}"


class Preference(models.Model):
    """How this workspace uses agents; one row, made when it is first changed."""

    only = models.BooleanField(primary_key=True, default=True, editable=False)
    is_stopped = models.BooleanField(_("all agents stopped"), default=False)
    sends_comments = models.BooleanField(
        _("comments may be sent to providers outside this server"), default=False
    )
    day_limit = models.DecimalField(
        _("most US dollars a day"), max_digits=8, decimal_places=2, default=Decimal(2)
    )
    person_requests = models.PositiveIntegerField(
        _("most requests of one person a month"), null=True, blank=True
    )

    def __str__(self) -> str:
        return "preference"
