"""Questions about people and workspaces."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from accounts import tenancy
from accounts.models import AuditEntry, Invitation, Membership, Role, User, Workspace

HELPERS_KEPT = timedelta(days=30)  # how long somebody whose access ended stays in the list


def workspaces_of(user: User) -> QuerySet[Membership]:
    """The person's active memberships with their workspaces, by name."""
    return (
        Membership.objects.active()
        .filter(user=user)
        .select_related("workspace")
        .order_by("workspace__name")
    )


def members_of(workspace: Workspace) -> list[Membership]:
    """Everybody with access to the workspace, expired helpers included, by name."""
    with tenancy.public():
        return list(
            Membership.objects.filter(workspace=workspace)
            .select_related("user")
            .order_by("user__name", "user__email")
        )


def people_with(grant: str, *, owner_id: int | None = None) -> list[Membership]:
    """Active members of the entered workspace who may do that, on accounts of that creator.

    `owner_id` None: on accounts that are nobody's own. One query.
    """
    workspace = tenancy.current_workspace()
    with tenancy.public():
        active = list(
            Membership.objects.active()
            .filter(workspace=workspace)
            .select_related("user")
            .order_by("pk")
        )
    return [one for one in active if one.may(grant) and one.confined_to in {None, owner_id}]


@dataclass(frozen=True, slots=True)
class HelperLine:
    """One trusted helper, or one who was asked: how far, for whom, until when."""

    code: UUID
    label: str
    scope: str
    helps: str  # the creator's name; empty: all accounts
    until: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Helpers:
    """The trusted helpers that a person may see and end."""

    here: tuple[HelperLine, ...]
    asked: tuple[HelperLine, ...]
    creators: tuple[Membership, ...]  # whom one can be invited for


def helpers(membership: Membership) -> Helpers:
    """Helpers with access or with access in the last month, and those who were asked.

    A creator sees only the ones for their own accounts. Two queries.
    """
    moment = now()
    people = members_of(membership.workspace)
    creators = tuple(one for one in people if one.role == Role.CREATOR)
    names = {one.user_id: one.user.label for one in people}
    mine = membership.confined_to

    def line(row: Membership | Invitation, label: str, until: datetime | None) -> HelperLine:
        return HelperLine(
            code=row.code,
            label=label,
            scope=row.get_help_scope_display(),
            helps=names.get(row.helps_id or 0, ""),
            until=until,
            is_over=until is not None and until <= moment,
        )

    return Helpers(
        here=tuple(
            line(one, one.user.label, one.expires_at)
            for one in people
            if one.role == Role.HELPER
            and (mine is None or one.helps_id == mine)
            and (one.expires_at is None or one.expires_at > moment - HELPERS_KEPT)
        ),
        asked=tuple(
            line(one, one.email, one.expires_at)
            for one in invitations_open(membership.workspace)
            if one.role == Role.HELPER and (mine is None or one.helps_id == mine)
        ),
        creators=creators,
    )


def invitations_open(workspace: Workspace) -> list[Invitation]:
    """Invitations that nobody has accepted yet, newest first."""
    with tenancy.public():
        return list(
            Invitation.objects.filter(workspace=workspace, accepted_at=None).select_related(
                "invited_by"
            )
        )


def audit_page(
    workspace: Workspace, before: int | None, size: int = 50
) -> tuple[list[AuditEntry], int | None]:
    """One page of the audit log, newest first, and the `before` of the next page or None."""
    with tenancy.public():
        entries = AuditEntry.objects.filter(workspace=workspace).order_by("-id")
        if before is not None:
            entries = entries.filter(id__lt=before)
        page = list(entries[: size + 1])
    return page[:size], page[size - 1].pk if len(page) > size else None
