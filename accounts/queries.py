"""Questions about people and workspaces."""

from django.db.models import QuerySet

from accounts import tenancy
from accounts.models import AuditEntry, Invitation, Membership, User, Workspace


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
