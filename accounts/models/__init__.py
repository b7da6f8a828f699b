"""Public schema: people, workspaces, audit, durable jobs, the line to the browser."""

from accounts.models.audit import AuditEntry
from accounts.models.jobs import Job
from accounts.models.live import LiveEvent
from accounts.models.people import Grant, HelpScope, Invitation, Membership, Role, User
from accounts.models.workspaces import Domain, Plan, SchemaTemplate, Workspace

__all__ = [
    "AuditEntry",
    "Domain",
    "Grant",
    "HelpScope",
    "Invitation",
    "Job",
    "LiveEvent",
    "Membership",
    "Plan",
    "Role",
    "SchemaTemplate",
    "User",
    "Workspace",
]
