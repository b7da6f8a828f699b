"""The workspace-aware database: Django's connection under its true type."""

from typing import TYPE_CHECKING, Any, cast

import psycopg
from django.db import connection as _connection

if TYPE_CHECKING:
    from accounts.database.base import DatabaseWrapper

connection = cast("DatabaseWrapper", _connection)


def connect_directly(**changes: Any) -> "psycopg.Connection[Any]":
    """A psycopg connection of one's own to the same database, outside Django's.

    `changes` are psycopg's parameters: another user, options, autocommit.
    """
    target = connection.settings_dict
    given = {
        "host": target["HOST"],
        "port": target["PORT"],
        "dbname": target["NAME"],
        "user": target["USER"],
        "password": target["PASSWORD"],
        "connect_timeout": 5,
        **changes,
    }
    return psycopg.connect(**{name: value for name, value in given.items() if value != ""})
