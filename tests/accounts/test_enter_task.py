"""Celery's base task: no workspace or an unknown one means the body does not run."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts import tenancy
from accounts.database import connection
from accounts.models import Workspace
from creator_ai.celery import WORKSPACE_HEADER, app

pytestmark = pytest.mark.django_db


@pytest.fixture
def bodies() -> Iterator[list[str]]:
    """Schemas in which the probe's body ran."""
    ran: list[str] = []

    @app.task(name="test.probe")
    def probe() -> None:
        ran.append(connection.schema_name)

    yield ran
    del app.tasks["test.probe"]


def _run(**headers: str) -> Any:
    return app.tasks["test.probe"].apply(headers=headers)


def test_it_runs_in_the_named_workspace(bodies: list[str], lumen: Workspace) -> None:
    _run(**{WORKSPACE_HEADER: lumen.schema_name}).get()
    assert bodies == [lumen.schema_name]
    assert connection.schema_name == "public"


def test_it_refuses_a_missing_workspace(bodies: list[str]) -> None:
    with pytest.raises(tenancy.NoWorkspace):
        _run().get()
    assert bodies == []


def test_it_refuses_an_unknown_or_closed_workspace(bodies: list[str], lumen: Workspace) -> None:
    Workspace.objects.filter(pk=lumen.pk).update(is_open=False)
    for schema in ("wnothing", lumen.schema_name, "public"):
        with pytest.raises(tenancy.UnknownWorkspace):
            _run(**{WORKSPACE_HEADER: schema}).get()
    assert bodies == []


def test_it_leaves_the_workspace_after_an_error(lumen: Workspace) -> None:
    @app.task(name="test.fails")
    def fails() -> None:
        raise ValueError

    result = app.tasks["test.fails"].apply(headers={WORKSPACE_HEADER: lumen.schema_name})
    assert isinstance(result.result, ValueError)
    assert connection.schema_name == "public"
    del app.tasks["test.fails"]
