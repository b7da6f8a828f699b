"""Session store that always reads and writes the public schema.

A workspace's database role has no right on the session table, so a stray query there cannot
read who is signed in elsewhere.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts import tenancy


class SessionStore(DatabaseStore):
    """Database sessions, outside every workspace."""

    def _get_session_from_db(self) -> Any:
        with tenancy.public():
            return super()._get_session_from_db()  # type: ignore[misc]

    def exists(self, session_key: str) -> bool:
        with tenancy.public():
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002
        with tenancy.public():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with tenancy.public():
            super().delete(session_key)
