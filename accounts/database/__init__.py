"""The workspace-aware database: Django's connection under its true type."""

from typing import TYPE_CHECKING, cast

from django.db import connection as _connection

if TYPE_CHECKING:
    from accounts.database.base import DatabaseWrapper

connection = cast("DatabaseWrapper", _connection)
