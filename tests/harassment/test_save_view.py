"""Views of one's own: named, found again, opened first, removed, and nobody else's."""

import pytest

from harassment.models import SavedView
from harassment.services import views

HTMX = {"HX-Request": "true"}
SAVE, START, REMOVE = (f"/harassment/inbox/views/{verb}/" for verb in ("save", "start", "remove"))


@pytest.fixture
def client(client_for, bob, lumen, in_lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


def save(client, name="Threats in French", query="?view=severe&language=fr", **fields):
    return client.post(SAVE + query, {"name": name, **fields})


def test_a_view_keeps_what_is_shown(client):
    answer = save(client)
    assert answer.url == "/harassment/inbox/?view=severe&language=fr"
    page = client.get(answer.url).content.decode()
    assert "Threats in French" in page
    assert "Keep this view" not in page
    assert "Keep this view" in client.get("/harassment/inbox/").content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_saving_works_with_and_without_scripts(client, headers):
    form = client.get(SAVE + "?view=held", headers=headers).content.decode()
    assert 'action="/harassment/inbox/views/save/?view=held"' in form
    assert client.post(SAVE + "?view=held", {"name": ""}, headers=headers).status_code == 422
    client.post(SAVE + "?view=held", {"name": "Held"}, headers=headers)
    assert SavedView.objects.get().query == "?view=held"


def test_the_same_name_is_replaced(client):
    save(client)
    save(client, "threats IN french", "?view=done")
    assert list(SavedView.objects.values_list("name", "query")) == [
        ("threats IN french", "?view=done")
    ]


def test_the_inbox_opens_with_the_one_chosen_for_it(client):
    save(client, is_default="on")
    save(client, "Held", "?view=held", is_default="on")
    assert client.get("/harassment/inbox/").url == "/harassment/inbox/?view=held"
    assert client.get("/harassment/inbox/?view=needs").status_code == 200
    view = SavedView.objects.get(name="Held")
    client.post(START, {"view": view.code})
    assert client.get("/harassment/inbox/").status_code == 200
    client.post(START, {"view": view.code})
    assert client.get("/harassment/inbox/").status_code == 302


def test_removing_twice_is_as_once(client):
    save(client)
    view = SavedView.objects.get()
    for _ in range(2):
        assert client.post(REMOVE, {"view": view.code}).url == "/harassment/inbox/?view=needs"
    assert not SavedView.objects.exists()


def test_views_belong_to_one_person(client, client_for, alice, lumen):
    save(client, is_default="on")
    view = SavedView.objects.get()
    other = client_for(alice, lumen)
    assert "Threats in French" not in other.get("/harassment/inbox/").content.decode()
    for url in (START, REMOVE):
        other.post(url, {"view": view.code})
    view.refresh_from_db()
    assert view.is_default


def test_there_is_an_end_to_them(client, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    for name in "abc":
        answer = save(client, name)
    assert answer.status_code == 422
    assert "You have 2 views." in answer.content.decode()
    assert SavedView.objects.count() == 2


@pytest.mark.parametrize("view", ["", "x", "6f1c2f6e-0000-4000-8000-000000000000"])
def test_a_strange_view_is_no_error(client, view):
    assert client.post(START, {"view": view}).status_code == 302
    assert client.post(REMOVE, {"view": view}).status_code == 302
