"""A workspace, the hosts that lead to it, and the frozen schema new ones are made from."""

import re
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

RESERVED_SLUGS = frozenset(
    [
        "www",
        "api",
        "admin",
        "static",
        "media",
        "mail",
        "smtp",
        "imap",
        "ns",
        "ns1",
        "ns2",
        "ftp",
        "app",
        "auth",
        "login",
        "accounts",
        "account",
        "sso",
        "oauth",
        "status",
        "health",
        "help",
        "support",
        "docs",
        "blog",
        "public",
        "aura",
        "assets",
        "cdn",
        "webhook",
        "webhooks",
        "staff",
        "root",
        "test",
        "localhost",
    ]
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def validate_slug(value: str) -> None:
    """A slug is a DNS label of at most 40 characters that is not reserved."""
    if not _SLUG.fullmatch(value):
        raise ValidationError(
            _("Use 1 to 40 lower-case letters, digits or hyphens; start and end with no hyphen.")
        )
    if value in RESERVED_SLUGS:
        raise ValidationError(_("This name is reserved. Choose another one."))


class Plan(models.TextChoices):
    """What a workspace has subscribed to; staff set it as long as nothing is sold here."""

    FREE = "free", "Free"
    PRO = "pro", "Pro"
    PREMIUM = "premium", "Premium"


class Workspace(TenantMixin):
    """One creator or agency: a PostgreSQL schema of its own, reached by its own host."""

    auto_create_schema = False
    auto_drop_schema = False

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    slug = models.CharField(_("address"), max_length=40, unique=True, validators=[validate_slug])
    plan = models.CharField(_("plan"), max_length=8, choices=Plan.choices, default=Plan.FREE)
    is_open = models.BooleanField(default=False)  # False until its schema stands
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """Address of the workspace without a trailing slash."""
        port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
        return f"{settings.PUBLIC_SCHEME}://{self.slug}.{settings.PUBLIC_HOST}{port}"


class Domain(DomainMixin):
    """A host name, lower case and without port, that leads to a workspace."""

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return str(self.domain)


class SchemaTemplate(models.Model):
    """SQL of an empty, fully migrated workspace schema; replayed when a workspace opens."""

    fingerprint = models.CharField(max_length=64, unique=True)
    sql = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint
