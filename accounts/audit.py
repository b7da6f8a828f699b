"""Writing the workspace's audit log."""

from typing import Any

from accounts.database import connection
from accounts.models import AuditEntry, User, Workspace


def record(
    action: str,
    *,
    actor: User | None = None,
    target: str = "",
    data: dict[str, Any] | None = None,
    workspace: Workspace | None = None,
) -> None:
    """Append one entry for the entered workspace (or the given one, from the public host).

    `action` is dotted, `room.noun.verb-past`; `data` holds ids and states, never outside text.
    """
    entered = connection.tenant
    AuditEntry.objects.create(
        workspace=workspace or (entered if isinstance(entered, Workspace) else None),
        actor_id=actor.pk if actor else None,
        actor_label=actor.label[:80] if actor else "Aura",
        action=action,
        target=target,
        data=data or {},
    )
