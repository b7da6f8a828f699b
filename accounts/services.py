"""Opening workspaces, inviting people, changing what they may do."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live, outbox, provisioning, tenancy
from accounts.letters import send_letter
from accounts.middleware import forget_hosts
from accounts.models import Domain, HelpScope, Invitation, Membership, Role, User, Workspace
from accounts.models.workspaces import validate_slug
from accounts.signals import workspace_opened

INVITATION_DAYS = 7


class WorkspaceError(Exception):
    """The workspace could not be opened; the message is for the person."""


class MembershipError(Exception):
    """The membership could not be changed; the message is for the person."""


def open_workspace(*, name: str, slug: str, owner: User) -> Workspace:
    """Make a workspace whose schema stands, with `owner` as its owner, reachable at once.

    Raises ValidationError for a bad slug and WorkspaceError when it is taken. Announces
    workspace_opened. A crash half-way leaves a closed row and no open door; the slug stays
    taken until staff remove it.
    """
    validate_slug(slug)
    schema = provisioning.new_schema_name()
    with tenancy.public():
        try:
            with transaction.atomic():
                workspace: Workspace = Workspace.objects.create(
                    name=name.strip(), slug=slug, schema_name=schema, is_open=False
                )
                Domain.objects.create(
                    domain=f"{slug}.{settings.PUBLIC_HOST}", tenant=workspace, is_primary=True
                )
        except IntegrityError:
            raise WorkspaceError(_("This address is taken. Choose another one.")) from None
        provisioning.create_schema(schema)
        with transaction.atomic():
            workspace.is_open = True
            workspace.save(update_fields=["is_open"])
            Membership.objects.create(user=owner, workspace=workspace, role=Role.OWNER)
            audit.record("accounts.workspace.opened", actor=owner, workspace=workspace)
            workspace_opened.send(sender=Workspace, workspace_id=workspace.pk)
    forget_hosts()
    return workspace


def invite(
    *,
    workspace: Workspace,
    email: str,
    role: str,
    actor: User,
    membership_days: int | None = None,
    help_scope: str = HelpScope.READ,
    helps_id: int | None = None,
) -> Invitation:
    """Offer a role to an address and send the link; the token is only in that mail.

    `help_scope` and `helps_id` (a creator; None: everybody) count for a trusted helper, whose
    access always ends. Raises MembershipError for somebody who is a member already, and for an
    owner's role.
    """
    email = email.strip().lower()
    if role == Role.OWNER:
        raise MembershipError(_("Owners are named by changing a member's role, not invited."))
    token = secrets.token_urlsafe(32)
    with tenancy.public(), transaction.atomic():
        members = Membership.objects.filter(workspace=workspace, user__email__iexact=email)
        if members.exclude(role=Role.HELPER, expires_at__lte=timezone.now()).exists():
            raise MembershipError(_("This person is a member already."))
        Invitation.objects.filter(workspace=workspace, email=email, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            workspace=workspace,
            email=email,
            role=role,
            membership_days=membership_days,
            help_scope=help_scope if role == Role.HELPER else "",
            helps_id=helps_id if role == Role.HELPER else None,
            token_hash=hash_token(token),
            invited_by=actor,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        audit.record(
            "accounts.invitation.sent", actor=actor, target=str(invitation.code),
            data={"role": role, "scope": invitation.help_scope, "days": membership_days},
            workspace=workspace,
        )  # fmt: skip
        transaction.on_commit(lambda: _send_invitation(invitation, token, actor))
    return invitation


def accept_invitation(*, token: str, user: User) -> Membership:
    """Turn an unused, unexpired invitation for the person's own address into a membership.

    Raises MembershipError with the sentence to show otherwise.
    """
    with tenancy.public(), transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("workspace")
            .filter(token_hash=hash_token(token))
            .first()
        )
        if invitation is None or invitation.accepted_at or invitation.expires_at < timezone.now():
            raise MembershipError(_("This invitation was used or has expired. Ask for a new one."))
        if invitation.email != user.email.lower():
            raise MembershipError(
                _("This invitation is for another address. Sign in with the one it was sent to.")
            )
        days = invitation.membership_days
        offered = {
            "role": invitation.role,
            "expires_at": timezone.now() + timedelta(days=days) if days else None,
            "help_scope": invitation.help_scope,
            "helps_id": invitation.helps_id,
        }
        # Somebody who helped before and whose access has ended may come back.
        Membership.objects.filter(
            user=user,
            workspace=invitation.workspace,
            role=Role.HELPER,
            expires_at__lte=timezone.now(),
        ).update(**offered)
        membership, _created = Membership.objects.get_or_create(
            user=user, workspace=invitation.workspace, defaults=offered
        )
        _promise_end(membership)
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        audit.record(
            "accounts.invitation.accepted", actor=user, target=str(invitation.code),
            data={"role": invitation.role}, workspace=invitation.workspace,
        )  # fmt: skip
    return membership


def change_role(*, membership: Membership, role: str, actor: User) -> None:
    """Give a member another role. The last owner stays owner, and nobody becomes a helper or
    stops being one this way (MembershipError)."""
    with tenancy.public(), transaction.atomic():
        _keep_an_owner(membership, unless=role == Role.OWNER)
        if Role.HELPER in {role, membership.role} and role != membership.role:
            raise MembershipError(_("Helpers are invited for a limited time, never renamed."))
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        audit.record(
            "accounts.membership.changed", actor=actor, target=str(membership.code),
            data={"from": before, "to": role}, workspace=membership.workspace,
        )  # fmt: skip
        live.end_sockets(membership.workspace.schema_name, membership.user_id)


def remove_member(*, membership: Membership, actor: User) -> None:
    """End a membership at once, open pages included. The last owner stays (MembershipError)."""
    with tenancy.public(), transaction.atomic():
        _keep_an_owner(membership, unless=False)
        audit.record(
            "accounts.membership.removed", actor=actor, target=str(membership.code),
            data={"role": membership.role}, workspace=membership.workspace,
        )  # fmt: skip
        live.end_sockets(membership.workspace.schema_name, membership.user_id)
        membership.delete()


def end_help(*, membership: Membership, actor: User) -> None:
    """End a helper's access at once, open pages included. Twice is once."""
    with tenancy.public(), transaction.atomic():
        now = timezone.now()
        is_ended = Membership.objects.filter(
            pk=membership.pk, role=Role.HELPER, expires_at__gt=now
        ).update(expires_at=now)
        if not is_ended:
            return
        audit.record(
            "accounts.help.ended", actor=actor, target=str(membership.code),
            workspace=membership.workspace,
        )  # fmt: skip
        live.end_sockets(membership.workspace.schema_name, membership.user_id)


def expire_access(*, membership_id: int) -> None:
    """Close the open pages of somebody whose time is over; a longer stay meanwhile stands."""
    membership = Membership.objects.filter(pk=membership_id, expires_at__lte=timezone.now()).first()
    if membership:
        audit.record("accounts.help.expired", target=str(membership.code))
        live.end_sockets(tenancy.current_schema(), membership.user_id)


def hash_token(token: str) -> str:
    """SHA-256 of a secret that travels in a link; only this is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _promise_end(membership: Membership) -> None:
    if membership.expires_at is None:
        return
    with tenancy.enter(membership.workspace):
        outbox.enqueue(
            "accounts.expire_access",
            key=f"{membership.pk}:{membership.expires_at.isoformat()}",
            run_at=membership.expires_at,
            membership_id=membership.pk,
        )


def _keep_an_owner(membership: Membership, *, unless: bool) -> None:
    if membership.role != Role.OWNER or unless:
        return
    owners = Membership.objects.select_for_update().filter(
        workspace=membership.workspace, role=Role.OWNER
    )
    if len(owners) == 1:
        raise MembershipError(_("A workspace needs an owner. Name another one first."))


def _send_invitation(invitation: Invitation, token: str, actor: User) -> None:
    context = {
        "workspace": invitation.workspace.name,
        "actor": actor.label,
        "role": invitation.get_role_display(),
        "url": f"{settings.PUBLIC_BASE_URL}/invitations/{token}/",
        "days": INVITATION_DAYS,
    }
    send_letter(
        to=invitation.email,
        language=actor.language,
        template="accounts/email/invitation",
        context=context,
    )
