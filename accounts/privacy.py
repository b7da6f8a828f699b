"""Registry of personal data: every model of every room says what it holds about people, or none.

A test refuses a model that is missing and a text field that nobody judged. The workspace's
admin hides what is registered here; export and erasure will read the same rows.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Model

from accounts.models import (
    AuditEntry,
    Domain,
    Invitation,
    Job,
    LiveEvent,
    Membership,
    SchemaTemplate,
    User,
    Workspace,
)


class Leaves(StrEnum):
    """When the data goes."""

    WITH_PERSON = "with the account of the person"
    WITH_WORKSPACE = "with the workspace"
    WITH_SOURCE = "with the connected account it was read from"
    NEVER = "kept as proof: append-only"
    SOON = "by itself, within days"
    ON_REVIEW = "by itself, on its review date"


@dataclass(frozen=True)
class Entry:
    """What one model holds: `personal` and `secret` field names; every other text is neutral."""

    personal: frozenset[str]
    secret: frozenset[str]
    neutral: frozenset[str]
    leaves: Leaves


_entries: dict[type[Model], Entry] = {}


def register(
    model: type[Model], *, leaves: Leaves, personal: str = "", secret: str = "", neutral: str = ""
) -> None:
    """Say what a model holds. Field names are given as words of one string.

    `personal`: about or written by a person. `secret`: never shown to anybody. `neutral`: text
    that was looked at and says nothing about a person.
    """
    _entries[model] = Entry(
        frozenset(personal.split()), frozenset(secret.split()), frozenset(neutral.split()), leaves
    )


def entry_of(model: type[Model]) -> Entry:
    """What was registered. Raises KeyError: an unregistered model is a mistake, not a guess."""
    return _entries[model]


register(
    User,
    personal="email name language timezone theme contrast",
    secret="password",
    leaves=Leaves.WITH_PERSON,
)
register(Membership, neutral="role help_scope", leaves=Leaves.WITH_PERSON)
register(
    Invitation, personal="email", secret="token_hash", neutral="role help_scope",
    leaves=Leaves.WITH_WORKSPACE,
)  # fmt: skip
register(Workspace, personal="name slug", neutral="schema_name plan", leaves=Leaves.WITH_WORKSPACE)
register(Domain, personal="domain", leaves=Leaves.WITH_WORKSPACE)
register(SchemaTemplate, neutral="fingerprint sql", leaves=Leaves.SOON)
register(
    AuditEntry, personal="actor_label data", neutral="action target", leaves=Leaves.NEVER
)  # fmt: skip
register(Job, neutral="name queue key payload state error", leaves=Leaves.SOON)
register(LiveEvent, neutral="name", leaves=Leaves.SOON)
