"""Public schema: people, workspaces, audit, durable jobs, the line to the browser."""

from accounts.models.audit import AuditEntry
from accounts.models.jobs import Job
from accounts.models.live import LiveEvent
from accounts.models.people import Grant, Invitation, Membership, Role, User
from accounts.models.workspaces import Domain, SchemaTemplate, Workspace

__all__ = [
    "AuditEntry",
    "Domain",
    "Grant",
    "Invitation",
    "Job",
    "LiveEvent",
    "Membership",
    "Role",
    "SchemaTemplate",
    "User",
    "Workspace",
]
