"""What may still be asked and spent: reserved before a call, settled after it, exactly once."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

ZERO = Decimal(0)


class Agent(models.TextChoices):
    """Who asks a model."""

    CONTENT = "content", _("Content")
    ANALYTICS = "analytics", _("Analytics")
    SALES = "sales", _("Sales")
    MESSAGING = "messaging", _("Messaging")
    COACH = "coach", _("Live coach")
    ROUTER = "router", _("Routing")
    CHATBOT = "chatbot", _("Chatbots")


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    """The two moves of the ledger, each one conditional statement."""

    def take(self, pk: int, amount: Decimal) -> bool:
        """Reserve `amount` if it fits under the limit; concurrent takers queue at the row."""
        fits = Q(limit=None) | Q(limit__gte=F("used") + F("reserved") + amount)
        return self.filter(fits, pk=pk).update(reserved=F("reserved") + amount) == 1

    def settle(self, pk: int, *, reserved: Decimal, used: Decimal) -> None:
        """Give back what was reserved and book what was used."""
        self.filter(pk=pk).update(reserved=F("reserved") - reserved, used=F("used") + used)


class Allowance(models.Model):
    """A limit of one period: requests or money, of the workspace or of one person in it."""

    class Measure(models.TextChoices):
        REQUESTS = "requests", _("requests")
        MONEY = "money", _("US dollars")

    measure = models.CharField(max_length=8, choices=Measure.choices)
    user_id = models.BigIntegerField(null=True)  # users live in public; null: the workspace
    period = models.CharField(max_length=10)  # UTC: YYYY-MM or YYYY-MM-DD
    limit = models.DecimalField(max_digits=20, decimal_places=12, null=True)  # null: none
    used = models.DecimalField(max_digits=20, decimal_places=12, default=ZERO)
    reserved = models.DecimalField(max_digits=20, decimal_places=12, default=ZERO)
    told_percent = models.PositiveSmallIntegerField(default=0)  # the highest mark people heard of

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "user_id", "period"], name="allowance_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0, reserved__gte=0), name="allowance_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.period} {self.user_id or 'all'}"


class Reservation(models.Model):
    """One thing a person asked for, whatever number of calls it takes to answer."""

    class State(models.TextChoices):
        RESERVED = "reserved"
        COMMITTED = "committed"  # answered: counts as a request
        RELEASED = "released"  # not answered: the request is given back, money spent is not

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_id = models.BigIntegerField(null=True)
    agent = models.CharField(max_length=16, choices=Agent.choices)
    operation = models.CharField(max_length=16)
    request_hash = models.CharField(max_length=64)  # SHA-256: the same key means the same request
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    month = models.CharField(max_length=7)  # UTC YYYY-MM of the asking: where all its cost goes
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["month", "state"], name="reservation_month")]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class Hold(models.Model):
    """What a reservation took from one allowance."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="holds")
    allowance = models.ForeignKey(Allowance, on_delete=models.CASCADE, related_name="holds")
    amount = models.DecimalField(max_digits=20, decimal_places=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reservation", "allowance"], name="hold_once")
        ]

    def __str__(self) -> str:
        return f"{self.reservation_id} {self.amount}"
