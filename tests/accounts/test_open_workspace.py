"""A workspace opens whole, with a schema and a role of its own, or not at all."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import provisioning, services, tenancy
from accounts.database import connection
from accounts.models import Domain, User, Workspace
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def _shape(schema: str) -> list[tuple[object, ...]]:
    """Tables, columns, constraints and triggers of a schema, without its name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'column', table_name || '.' || column_name, data_type || is_nullable
            FROM information_schema.columns WHERE table_schema = %(s)s
            UNION ALL
            SELECT 'constraint', conrelid::regclass::text || conname,
                   pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = %(s)s::regnamespace
            UNION ALL
            SELECT 'trigger', tgrelid::regclass::text || tgname, '' FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = %(s)s::regnamespace AND NOT tgisinternal
            ORDER BY 1, 2, 3
            """,
            {"s": schema},
        )
        return [tuple(str(part).replace(schema, "") for part in row) for row in cursor.fetchall()]


def test_it_opens_from_the_template(alice: User, client_for: Callable[..., Client]) -> None:
    # Its schema is made outside this test's transaction and goes with the test's database.
    third = services.open_workspace(name="Third", slug="third", owner=alice)
    with provisioning.owner() as own:
        assert own.execute("SELECT 1 FROM pg_roles WHERE rolname = %s",
                           [f"t_{third.schema_name}"]).fetchone()  # fmt: skip
    with tenancy.enter(third):
        assert make_account().pk
    assert client_for(alice, third).get("/accounts/members/").status_code == 200


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a.b", "a" * 41, "admin", "www", "é", "a\n"])
def test_it_refuses_a_bad_address(alice: User, slug: str) -> None:
    with pytest.raises(ValidationError):
        services.open_workspace(name="X", slug=slug, owner=alice)
    assert not Workspace.objects.filter(name="X").exists()


def test_it_refuses_a_taken_address(alice: User, lumen: Workspace) -> None:
    with pytest.raises(services.WorkspaceError, match="taken"):
        services.open_workspace(name="X", slug="lumen", owner=alice)
    assert Domain.objects.filter(tenant=lumen).count() == 1


def test_it_makes_the_shape_that_migrations_make(lumen: Workspace) -> None:
    template, replayed = provisioning.TEMPLATE_SCHEMA, lumen.schema_name
    assert _shape(template) == _shape(replayed)
    assert len(_shape(template)) > 60
