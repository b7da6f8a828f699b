"""What is written in one workspace does not exist in another: cache, files, groups."""

import pytest
from django.core.cache import cache
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import live, tenancy
from accounts.database import connection
from accounts.models import Workspace

pytestmark = pytest.mark.django_db


def test_a_cache_key_holds_the_schema(lumen: Workspace, nova: Workspace) -> None:
    with tenancy.enter(lumen):
        cache.set("k", "of lumen")
    with tenancy.enter(nova):
        assert cache.get("k") is None
    assert cache.get("k") is None


def test_a_file_lies_in_its_workspace(lumen: Workspace, nova: Workspace) -> None:
    with tenancy.enter(lumen):
        name = default_storage.save("walls/x.txt", ContentFile(b"of lumen"))
        path = default_storage.path(name)
    try:
        assert f"/{lumen.schema_name}/" in path
        with tenancy.enter(nova):
            assert not default_storage.exists(name)
            for escape in (f"../{lumen.schema_name}/{name}", path):
                with pytest.raises(SuspiciousFileOperation):
                    default_storage.open(escape)
    finally:
        with tenancy.enter(lumen):
            default_storage.delete(name)


def test_a_group_holds_the_schema(lumen: Workspace, nova: Workspace) -> None:
    names = {live.group_of(lumen.schema_name), live.group_of(nova.schema_name)}
    assert len(names) == 2
    assert all(len(name) < 100 and name.isascii() for name in names)


def test_a_raw_thread_is_in_no_workspace(lumen: Workspace) -> None:
    import threading

    seen: list[str] = []
    with tenancy.enter(lumen):
        thread = threading.Thread(target=lambda: seen.append(connection.schema_name))
        thread.start()
        thread.join()
    assert seen == ["public"]


def test_leaving_restores_what_was_before_even_after_an_error(
    lumen: Workspace, nova: Workspace
) -> None:
    with tenancy.enter(lumen):
        with pytest.raises(ZeroDivisionError), tenancy.enter(nova):
            raise ZeroDivisionError
        assert tenancy.current_schema() == lumen.schema_name
        with tenancy.public():
            assert tenancy.current_schema() == "public"
        assert tenancy.current_schema() == lumen.schema_name
    assert tenancy.current_schema() == "public"
