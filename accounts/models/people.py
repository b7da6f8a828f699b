"""People: one e-mail identity, memberships with roles, invitations."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models.workspaces import Workspace


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a usable password when one is given. The address is stored lower case."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A member of staff with every permission on the public host."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign-in ignores the case of the address."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address; the same one in every workspace."""

    class Theme(models.TextChoices):
        DARK = "dark", _("Dark")
        LIGHT = "light", _("Light")
        SYSTEM = "system", _("As the system")

    class Contrast(models.TextChoices):
        AUTO = "auto", _("As the system")
        MORE = "more", _("More contrast")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("en", "English"), ("fr", "Français")], default="en"
    )
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.DARK)
    contrast = models.CharField(
        _("contrast"), max_length=4, choices=Contrast.choices, default=Contrast.AUTO
    )
    timezone = models.CharField(_("time zone"), max_length=40, default="UTC")
    has_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What other people in a workspace see."""
        return self.name or self.email.split("@")[0]


class Grant(models.TextChoices):
    """What a view may ask of a role."""

    READ = "read"
    TRIAGE = "triage"  # read the words, decide here
    HIDE = "hide"  # on the platform, and take it back
    MODERATE = "moderate"
    RIGHTS = "rights"  # answer people who ask about their own data
    CONNECT = "connect"
    MANAGE = "manage"
    OWN = "own"


class Role(models.TextChoices):
    """What a person is in one workspace."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    SAFETY_LEAD = "safety_lead", _("Safety lead")
    MODERATOR = "moderator", _("Moderator")
    ANALYST = "analyst", _("Analyst")
    CLIENT_APPROVER = "client_approver", _("Client approver")
    CREATOR = "creator", _("Creator")
    HELPER = "helper", _("Trusted helper")


_WORK = frozenset({Grant.READ, Grant.TRIAGE, Grant.HIDE, Grant.MODERATE})
GRANTS: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(Grant),
    Role.MANAGER: _WORK | {Grant.RIGHTS, Grant.CONNECT, Grant.MANAGE},
    Role.SAFETY_LEAD: _WORK | {Grant.RIGHTS},
    Role.MODERATOR: _WORK,
    Role.ANALYST: frozenset({Grant.READ}),
    Role.CLIENT_APPROVER: frozenset({Grant.READ}),
    Role.CREATOR: _WORK | {Grant.CONNECT},
    Role.HELPER: frozenset({Grant.READ}),  # and what its scope adds
}


class HelpScope(models.TextChoices):
    """How far a trusted helper may go; each includes the one before. Never to speak or export."""

    READ = "read", _("Look only, everything masked")
    TRIAGE = "triage", _("Read on request and decide what is abuse")
    HIDE = "hide", _("Also hide comments on the platform")


HELP_GRANTS: dict[str, frozenset[str]] = {
    HelpScope.READ: frozenset(),
    HelpScope.TRIAGE: frozenset({Grant.TRIAGE}),
    HelpScope.HIDE: frozenset({Grant.TRIAGE, Grant.HIDE}),
}


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Vocabulary of memberships."""

    def active(self) -> "MembershipQuerySet":
        """Not expired (a helper's is time-boxed), of an active user and an open workspace."""
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now()),
            user__is_active=True,
            workspace__is_open=True,
        )


class Membership(models.Model):
    """A person's role in one workspace."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Of a trusted helper: how far they may go, and the one creator whom they help (null: all).
    help_scope = models.CharField(max_length=6, choices=HelpScope.choices, blank=True)
    helps_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.workspace_id}"

    def may(self, grant: str) -> bool:
        """Whether this role carries the grant; a helper's scope adds to it."""
        if self.role == Role.HELPER and grant in HELP_GRANTS.get(self.help_scope, frozenset()):
            return True
        return grant in GRANTS[self.role]

    @property
    def confined_to(self) -> int | None:
        """The creator whose accounts alone the person may see; None: all of the workspace."""
        if self.role == Role.CREATOR:
            return self.user_id
        return self.helps_id if self.role == Role.HELPER else None


class Invitation(models.Model):
    """An offer of a role, sent to an address; the token is stored hashed and works once."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    membership_days = models.PositiveSmallIntegerField(null=True, blank=True)  # a helper's box
    help_scope = models.CharField(max_length=6, choices=HelpScope.choices, blank=True)
    helps_id = models.BigIntegerField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.role}"
