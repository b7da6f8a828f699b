"""Abusive words stay on the server until somebody asks; asking is counted and audited."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from harassment.models import Case, CaseEvent, Reveal
from harassment.queries.rows import row_values
from integrations.models import Comment
from tests.factories import make_comment
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT

CANARY = "zorglub"
HTMX = {"HX-Request": "true"}


def pages(comment, case) -> list[str]:
    """Every address of this room, and the home page."""
    one, of = f"/harassment/comments/{comment.code}/", f"/harassment/cases/{case.code}/"
    return [
        "/",
        *(f"/harassment/inbox/?view={v}" for v in ("needs", "severe", "held", "done", "all")),
        f"/harassment/inbox/?view=all&open={comment.code}",
        "/harassment/inbox/new/?since=2020-01-01T00:00:00%2B00:00",
        "/harassment/inbox/backlog/",
        one,
        *(f"{one}{part}/" for part in ("standing", "reply", "why")),
        "/harassment/cases/",
        "/harassment/cases/?tab=closed",
        of,
        *(f"{of}{part}/" for part in ("trajectory", "evidence", "timeline", "assign", "dismiss")),
        "/harassment/alerts/",
        "/accounts/audit/",
    ]


def spoken(response) -> str:
    """All that left the server, and all that its templates were given."""
    given = response.context or []
    layers = [layer for part in given for layer in getattr(part, "dicts", [part])]
    values = [value for layer in layers for name, value in layer.items() if name != "request"]
    return "\n".join([response.content.decode(), str(response.headers), repr(values)])


@pytest.fixture
def abuse(arrive):
    """A masked comment in a thread of masked ones, by one author; and one not judged yet."""
    first = arrive(HATE, external_id="Uroot", author_external_id="UCx")
    comment = arrive(THREAT, author_external_id="UCx", parent_external_id="Uroot", post=first.post)
    arrive(INSULT, author_external_id="UCx", parent_external_id="Uroot", post=first.post)
    unjudged = make_comment(
        first.account, f"{CANARY} not judged yet", parent_external_id="Uroot", post=first.post
    )
    return comment, Case.objects.get(), unjudged


@pytest.mark.parametrize("who", ["alice", "bob", "vera"])
def test_no_page_shows_a_masked_word(abuse, client_for, lumen, who, request):
    comment, case, unjudged = abuse
    client = client_for(request.getfixturevalue(who), lumen)
    for code in (comment, unjudged):
        for url in pages(code, case):
            for headers in ({}, HTMX):
                response = client.get(url, headers=headers)
                assert response.status_code in {200, 302, 403}, url
                assert CANARY not in spoken(response), (url, headers)


def test_masked_words_do_not_even_leave_the_database(abuse):
    values = list(row_values(Comment.objects.all()))
    assert len(values) == 4
    assert CANARY not in repr(values)


def test_an_edited_comment_is_masked_until_it_is_judged_again(arrive, client_for, bob, lumen):
    comment = arrive("nice")
    comment.text, comment.text_hash = f"{CANARY} edited", "0" * 64
    comment.save(update_fields=["text", "text_hash"])
    for url in ("/harassment/inbox/?view=all", f"/harassment/comments/{comment.code}/"):
        assert CANARY not in spoken(client_for(bob, lumen).get(url))


def test_harmless_and_doubtful_words_are_shown(arrive, client_for, vera, lumen):
    comment = arrive(ROUGH)
    client = client_for(vera, lumen)
    assert ROUGH in client.get("/harassment/inbox/?view=low").content.decode()
    assert ROUGH in client.get(f"/harassment/comments/{comment.code}/").content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_reveals_for_one_answer(abuse, client_for, bob, lumen, headers):
    comment, case, _ = abuse
    client = client_for(bob, lumen)
    url = f"/harassment/comments/{comment.code}/"
    answer = client.post(f"{url}reveal/", headers=headers)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert THREAT in body
    assert "no-store" in answer.headers["Cache-Control"]
    assert CANARY not in body[: body.find("</title>") + 1]
    assert body.count(CANARY) == 1, "neighbours stay masked"
    assert CANARY not in client.get(url, headers=headers).content.decode()
    assert CANARY not in client.get(f"/harassment/cases/{case.code}/").content.decode()


def test_it_audits_and_counts_each_reveal(abuse, client_for, bob, lumen):
    comment, case, _ = abuse
    client = client_for(bob, lumen)
    for _ in range(2):
        client.post(f"/harassment/comments/{comment.code}/reveal/", headers=HTMX)
    assert Reveal.objects.filter(comment=comment, user_id=bob.pk).count() == 2
    entries = AuditEntry.objects.filter(action="harassment.comment.revealed", actor_id=bob.pk)
    assert {entry.target for entry in entries} == {str(comment.code)}
    assert entries.count() == 2
    assert case.events.filter(kind=CaseEvent.Kind.REVEALED, actor_id=bob.pk).count() == 2
    assert "2 / 20" in client.get("/harassment/cases/").content.decode()


def test_a_get_reveals_nothing(abuse, client_for, bob, lumen):
    comment, *_ = abuse
    answer = client_for(bob, lumen).get(f"/harassment/comments/{comment.code}/reveal/")
    assert answer.status_code == 405
    assert not Reveal.objects.exists()


def test_who_only_views_cannot_reveal(abuse, client_for, vera, lumen):
    comment, *_ = abuse
    client = client_for(vera, lumen)
    assert client.post(f"/harassment/comments/{comment.code}/reveal/").status_code == 403
    page = client.get(f"/harassment/comments/{comment.code}/").content.decode()
    assert "reveal/" not in page
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_asks_to_stop_when_the_day_is_full(abuse, client_for, bob, lumen, settings, headers):
    settings.EXPOSURE_LIMIT = 2
    comment, *_ = abuse
    client = client_for(bob, lumen)
    url = f"/harassment/comments/{comment.code}/reveal/"
    for _ in range(2):
        assert THREAT in client.post(url, headers=headers).content.decode()
    asked = client.post(url, headers=headers)
    assert asked.status_code == 422
    assert "Read anyway" in asked.content.decode()
    assert CANARY not in spoken(asked)
    assert Reveal.objects.count() == 2
    assert AuditEntry.objects.filter(action="harassment.comment.revealed").count() == 2
    assert THREAT in client.post(url, {"why": "decide"}, headers=headers).content.decode()


def test_a_new_day_begins_at_the_readers_midnight(abuse, client_for, bob, lumen, settings):
    settings.EXPOSURE_LIMIT = 1
    comment, *_ = abuse
    bob.timezone = "Pacific/Auckland"
    bob.save(update_fields=["timezone"])
    old = Reveal.objects.create(comment=comment, user_id=bob.pk)
    Reveal.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(hours=25))
    answer = client_for(bob, lumen).post(f"/harassment/comments/{comment.code}/reveal/")
    assert answer.status_code == 200


def test_one_persons_reading_is_not_anothers(abuse, client_for, alice, bob, lumen):
    comment, *_ = abuse
    client_for(bob, lumen).post(f"/harassment/comments/{comment.code}/reveal/")
    page = client_for(alice, lumen).get("/harassment/cases/").content.decode()
    assert "0 / 20" in page
