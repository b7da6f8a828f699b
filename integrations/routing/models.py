"""Public rows that lead from a platform's answer to a workspace: values, never keys into it."""

import uuid

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


class WebhookDelivery(models.Model):
    """What a platform sent by itself, verified and kept until it was brought to its workspaces.

    One delivery may speak of many accounts, and of accounts that several workspaces listen to.
    """

    class State(models.TextChoices):
        RECEIVED = "received"  # a job will read it
        ROUTED = "routed"  # every workspace concerned has its own job now
        UNROUTED = "unrouted"  # of accounts that nobody here listens to
        IGNORED = "ignored"  # about something that Aura does not keep
        DEAD = "dead"  # it could not be read; a person may look and replay

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    platform = models.CharField(max_length=24)
    dedupe_key = models.CharField(max_length=200)
    headers = models.JSONField(default=dict)  # the few that help to understand it
    raw_body = models.BinaryField()  # the bytes that were signed
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["platform", "dedupe_key"], name="delivery_once")
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="delivery_state")]

    def __str__(self) -> str:
        return f"{self.platform} {self.code}"


class PushLease(models.Model):
    """A hub's promise to push what happens to one account, for as long as somebody listens to it.

    One per account, however many workspaces listen: the hub knows this installation only.
    """

    class State(models.TextChoices):
        ASKED = "asked"  # the hub has to ask back
        ACTIVE = "active"
        LEAVING = "leaving"  # nobody listens any more; the hub has to ask back
        DENIED = "denied"

    platform = models.CharField(max_length=24)
    external_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="push_lease_once")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.state}"


MONEY = "money"  # the meter of platforms that charge
MICROS = 1_000_000  # its unit is a millionth of a dollar


class MeterPeriod(models.Model):
    """What one meter of a platform has used in one period; the whole installation shares it."""

    platform = models.CharField(max_length=24)
    meter = models.CharField(max_length=24)
    period = models.CharField(max_length=10)  # a day or a month, as the meter has it
    used = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)  # booked by requests that are on their way

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "meter", "period"], name="meter_period_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.meter} {self.period}"


class DeletionRequest(models.Model):
    """Somebody asked a platform that this installation forgets their account; its code proves it.

    The row stays as the answer to "was it done", without the person's id.
    """

    class State(models.TextChoices):
        RECEIVED = "received"  # a job will carry it out
        DONE = "done"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    platform = models.CharField(max_length=24)
    user_id = models.CharField(max_length=200, blank=True)  # emptied once it is done
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    deleted = models.PositiveIntegerField(default=0)  # comments
    kept = models.PositiveIntegerField(default=0)  # comments that are sealed evidence
    received_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["platform", "user_id"], name="deletion_person")]

    def __str__(self) -> str:
        return f"{self.platform} {self.code}"
