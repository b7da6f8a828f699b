"""The wall below the ORM: a workspace's role reaches its own schema and its own public rows."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils.timezone import now

from accounts import outbox, tenancy
from accounts.models import AuditEntry, Job, Membership, User, Workspace
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def _ask(query: str) -> list[tuple[object, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def test_it_reads_its_own_schema_only(lumen: Workspace, nova: Workspace) -> None:
    with tenancy.enter(nova):
        make_account(display_name="of nova")
    with tenancy.enter(lumen):
        assert _ask("SELECT count(*) FROM integrations_socialaccount") == [(0,)]
        with pytest.raises(ProgrammingError, match="permission denied for schema"):
            _ask(f'SELECT * FROM "{nova.schema_name}".integrations_socialaccount')


def test_it_cannot_drop_or_create(lumen: Workspace) -> None:
    with tenancy.enter(lumen):
        for statement in ("DROP TABLE integrations_post", "CREATE TABLE mine (id int)"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                connection.cursor().execute(statement)


@pytest.mark.parametrize("table", ["django_session", "account_emailaddress", "django_admin_log"])
def test_it_cannot_read_what_concerns_everybody(lumen: Workspace, table: str) -> None:
    with tenancy.enter(lumen), pytest.raises(ProgrammingError, match="permission denied"):
        _ask(f"SELECT * FROM public.{table}")


def test_it_sees_only_its_own_public_rows(lumen: Workspace, nova: Workspace) -> None:
    with tenancy.enter(lumen):
        assert [row[0] for row in _ask("SELECT slug FROM accounts_workspace")] == ["lumen"]
        assert Membership.objects.exclude(workspace=lumen).count() == 0
        assert Membership.objects.count() == 4
        emails = set(User.objects.values_list("email", flat=True))
    assert "charlie@example.test" not in emails
    assert "alice@example.test" in emails


def test_it_cannot_write_a_job_for_another_workspace(lumen: Workspace, nova: Workspace) -> None:
    refused = pytest.raises(ProgrammingError, match="row-level security")
    with tenancy.enter(lumen), refused, transaction.atomic():
        Job.objects.create(workspace=nova, name="x", queue="default", run_at=now())


def test_it_cannot_change_the_audit_log(lumen: Workspace) -> None:
    from accounts import audit

    with tenancy.enter(lumen):
        audit.record("accounts.test.done")
        with pytest.raises(ProgrammingError), transaction.atomic():
            AuditEntry.objects.update(action="forged")


def test_it_has_no_workspace_outside_one(db: None) -> None:
    with pytest.raises(tenancy.NoWorkspace):
        outbox.enqueue("accounts.nothing")
    with pytest.raises(ProgrammingError), transaction.atomic():
        _ask("SELECT * FROM integrations_comment")


def test_it_refuses_an_unknown_workspace() -> None:
    with pytest.raises(tenancy.UnknownWorkspace), tenancy.enter("wdoesnotexist"):
        pytest.fail("the block must not run")
