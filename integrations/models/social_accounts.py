"""A connected account with its encrypted tokens."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership


class SocialAccountQuerySet(models.QuerySet["SocialAccount"]):
    """Vocabulary of connected accounts."""

    def visible_to(self, membership: Membership) -> "SocialAccountQuerySet":
        """All of the workspace's; a creator sees only their own."""
        if membership.confined_to is not None:
            return self.filter(owner_id=membership.confined_to)
        return self.all()

    def connected(self) -> "SocialAccountQuerySet":
        """Still listened to or waiting for a reconnect; not imports and not disconnected ones."""
        return self.filter(is_import=False).exclude(status=SocialAccount.Status.DISCONNECTED)


class SocialAccount(models.Model):
    """One account on one platform. Also the holder of imported comments (`is_import`)."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Healthy")
        TRYING = "trying", _("Trying again")
        QUOTA = "quota", _("Quota used up")
        RECONNECT = "reconnect", _("Connection lost")
        REFUSED = "refused", _("Refused by the platform")
        SCOPE_MISSING = "scope_missing", _("Permission missing")
        DISCONNECTED = "disconnected", _("Disconnected")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    platform = models.CharField(max_length=24)
    external_id = models.CharField(max_length=200)
    alias_id = models.CharField(max_length=200, blank=True)  # the platform's other id of it
    handle = models.CharField(max_length=200, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    avatar_url = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=1000, blank=True)  # its public page
    uploads_id = models.CharField(max_length=200, blank=True)  # the platform's list of own posts
    # The creator whose account this is: users live in public, so a value and not a key.
    owner_id = models.BigIntegerField(null=True)
    is_import = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)  # English msgid, for people
    status_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)  # when Aura goes on by itself
    scopes_granted = models.JSONField(default=list)
    scopes_missing = models.JSONField(default=list)
    access_token_enc = models.TextField(blank=True)
    refresh_token_enc = models.TextField(blank=True)
    revoking_token_enc = models.TextField(blank=True)  # until the platform has taken it back
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)  # null: the platform names no end
    token_generation = models.PositiveIntegerField(default=0)
    follower_count = models.BigIntegerField(null=True)
    # When the data of a disconnected account goes; connecting it again takes the date away.
    delete_data_at = models.DateTimeField(null=True)
    last_synced_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SocialAccountQuerySet.as_manager()

    class Meta:
        ordering = ["platform", "display_name"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="account_once")
        ]

    def __str__(self) -> str:
        return self.display_name or self.handle or self.external_id

    @property
    def is_erased(self) -> bool:
        """Whether its data is gone and only evidence still needs the row."""
        return self.external_id == self.erased_id

    @property
    def erased_id(self) -> str:
        """What stands for the platform's id once the data is gone: nothing leads here from it."""
        return f"erased-{self.code}"

    @property
    def has_tokens(self) -> bool:
        """Whether Aura can still speak for this account."""
        return bool(self.access_token_enc)
