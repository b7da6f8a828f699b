"""Entering a workspace explicitly; nothing here guesses, and everything fails closed."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.database import connection
from accounts.models import Workspace


class NoWorkspace(RuntimeError):
    """Workspace data was asked for while no workspace was entered."""


class UnknownWorkspace(LookupError):
    """The named workspace does not exist or is not open."""


@contextmanager
def enter(workspace: Workspace | str) -> Iterator[Workspace]:
    """Run the block inside one workspace and restore what was before, whatever happens.

    `workspace` is a row or a schema name. Raises UnknownWorkspace when there is no such open
    workspace: the block then does not run at all.
    """
    before = connection.tenant
    entered = _open_workspace(workspace) if isinstance(workspace, str) else workspace
    connection.set_tenant(entered)
    try:
        yield entered
    finally:
        connection.set_tenant(before)


def _open_workspace(schema: str) -> Workspace:
    with public():
        found: Workspace | None = Workspace.objects.filter(schema_name=schema, is_open=True).first()
    if found is None:
        raise UnknownWorkspace(f"No open workspace has the schema {schema!r}.")
    return found


@contextmanager
def public() -> Iterator[None]:
    """Run the block on the public schema (people, jobs, routes), then go back."""
    before = connection.tenant
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(before)


def current_schema() -> str:
    """Schema of the code that calls; `public` when no workspace was entered."""
    return str(connection.schema_name)


def current_workspace() -> Workspace:
    """The entered workspace. Raises NoWorkspace in public."""
    tenant = connection.tenant
    if not isinstance(tenant, Workspace):
        raise NoWorkspace("This code needs a workspace and none was entered.")
    return tenant


def open_workspaces() -> list[Workspace]:
    """Every open workspace, none of them entered. For beats and commands; never for web code."""
    with public():
        return list(Workspace.objects.filter(is_open=True).order_by("pk"))


def for_each_workspace() -> Iterator[Workspace]:
    """Enter every open workspace in turn. For commands; web code never crosses workspaces."""
    for workspace in open_workspaces():
        with enter(workspace):
            yield workspace


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION: the schema is part of every key."""
    return f"{current_schema()}:{key_prefix}:{version}:{key}"
