"""One press on several comments: each asked for alone, an honest line, one undo."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role
from harassment.models import Evidence, Incident, TriageBatch, TriageItem
from harassment.services import decisions
from harassment.services.decisions import dismiss_comment
from harassment.services.scoring import score_comments
from integrations.models import Comment, ModerationAction
from tests.factories import make_account, make_comment
from tests.harassment.conftest import INSULT, THREAT

HTMX = {"HX-Request": "true"}
URL = "/harassment/inbox/triage/"
State, Outcome = ModerationAction.State, TriageItem.Outcome


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


@pytest.fixture
def crowd(account, classifier):
    """Three flagged comments that can be hidden, one from a file, one that is held already."""
    now = timezone.now()
    imported = make_account(is_import=True)
    made = [
        make_comment(where, f"{INSULT} {n}", published_at=now - timedelta(minutes=n), **fields)
        for n, (where, fields) in enumerate(
            [(account, {}), (account, {}), (account, {}),
             (imported, {"permalink": "https://example.test/c/1"}),
             (account, {"visibility": "held"})]
        )
    ]  # fmt: skip
    score_comments(comment_ids=[comment.pk for comment in made])
    return made


def press(client, comments, verb="hide", headers=HTMX):
    codes = [str(comment.code) for comment in comments]
    return client.post(URL, {"code": codes, "verb": verb}, headers=headers)


def outcomes() -> list[str]:
    return list(TriageItem.objects.order_by("comment").values_list("outcome", flat=True))


def test_each_one_has_its_own_outcome(client, crowd):
    page = press(client, crowd).content.decode()
    assert outcomes() == ["asked", "asked", "asked", "by_hand", "skipped"]
    assert "3 on their way, 1 to do by hand, 1 left as it is" in page
    assert len(re.findall(r'hx-swap-oob="true"', page)) == len(crowd)
    assert "zorglub" not in page
    sealed = Evidence.objects.filter(reason="action", payload__purpose="hide")
    assert sealed.count() == 3
    for action in ModerationAction.objects.all():
        assert sealed.get(comment=action.comment).captured_at <= action.requested_at


def test_the_line_follows_what_the_platform_says(client, crowd):
    press(client, crowd)
    batch = TriageBatch.objects.get()
    url = f"/harassment/batches/{batch.code}/"
    assert "every 3s" in client.get(url, headers=HTMX).content.decode()
    first, *others = ModerationAction.objects.order_by("pk")
    ModerationAction.objects.filter(pk=first.pk).update(state=State.UNCONFIRMED)
    ModerationAction.objects.exclude(pk=first.pk).update(state=State.CONFIRMED)
    line = client.get(url, headers=HTMX).content.decode()
    assert "2 hidden, 1 not confirmed, 1 to do by hand, 1 left as it is" in line
    assert "every 3s" not in line
    page = client.get(url).content.decode()
    assert "Not possible here: do this by hand" in page
    assert "https://example.test/c/1" in page
    assert "imported from a file" in page
    assert "zorglub" not in page
    assert len(others) == 2


def test_the_corners_of_the_rows_follow_too_and_the_rows_stay(client, crowd):
    press(client, crowd)
    url = f"/harassment/batches/{TriageBatch.objects.get().code}/"
    said = client.get(url, headers=HTMX).content.decode()
    assert re.findall(r'id="tag-([0-9a-f-]+)" hx-swap-oob="true"', said)
    Comment.objects.filter(pk=crowd[0].pk).update(visibility="held")
    said = client.get(url, headers=HTMX).content.decode()
    corner = said.split(f'id="tag-{crowd[0].code}"')[1].split("</span>")[0]
    assert "Hidden" in corner
    corner = said.split(f'id="tag-{crowd[1].code}"')[1].split("</span>")[0]
    assert "Dealt with" in corner
    assert said.count('id="tag-') == len(crowd)
    assert 'type="checkbox"' not in said  # what is chosen stays chosen


def test_one_undo_takes_all_of_it_back_before_it_leaves(client, crowd, monkeypatch, run_jobs):
    heard: list[ModerationAction] = []
    monkeypatch.setattr("integrations.services.delivery._send", heard.append)
    press(client, crowd)
    batch = TriageBatch.objects.get()
    undo = f"/harassment/batches/{batch.code}/undo/"
    page = client.post(undo, headers=HTMX).content.decode()
    assert "1 to do by hand, 1 left as it is, 3 taken back" in page
    assert client.post(undo, headers=HTMX).status_code == 200
    run_jobs(later=True, rounds=2)
    assert heard == []
    assert set(ModerationAction.objects.values_list("state", flat=True)) == {State.WITHDRAWN}
    assert Incident.objects.open().count() == len(crowd)


@pytest.mark.parametrize(("verb", "state"), [("dismiss", "dismissed"), ("resolve", "acted")])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_decisions_made_here_are_taken_back_too(client, crowd, arrive, verb, state, headers):
    ordinary = arrive("nice")
    answer = press(client, [*crowd, ordinary], verb, headers)
    assert answer.status_code == (200 if headers else 302)
    assert sorted(outcomes()) == ["done"] * 5 + ["skipped"]
    assert set(Incident.objects.values_list("state", flat=True)) == {state}
    batch = TriageBatch.objects.get()
    client.post(f"/harassment/batches/{batch.code}/undo/", headers=headers)
    assert Incident.objects.open().count() == len(crowd)
    assert not ModerationAction.objects.exists()


def test_it_turns_round_no_earlier_decision(client, crowd, bob):
    dismiss_comment(comment=crowd[0], actor=bob)
    press(client, crowd[:2], "resolve")
    assert outcomes() == ["skipped", "done"]
    client.post(f"/harassment/batches/{TriageBatch.objects.get().code}/undo/", headers=HTMX)
    states = Incident.objects.filter(comment__in=crowd[:2]).order_by("comment")
    assert list(states.values_list("state", flat=True)) == ["dismissed", "open"]


def test_comments_nobody_flagged_join_a_case(client, arrive):
    comments = [arrive("nice"), arrive("fine")]
    page = press(client, comments, "file").content.decode()
    assert "2 in cases" in page
    assert Incident.objects.filter(comment__in=comments).count() == 2
    assert Evidence.objects.filter(comment__in=comments).count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"verb": "hide"},
        {"verb": "delete", "code": ["6f1c2f6e-0000-4000-8000-000000000000"]},
        {"verb": "hide", "code": ["x"]},
        {"verb": "hide", "code": [f"6f1c2f6e-0000-4000-8000-{n:012d}" for n in range(51)]},
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_strange_choice_does_nothing(client, crowd, sent, headers):
    answer = client.post(URL, sent, headers=headers)
    assert answer.status_code == (422 if headers else 302)
    assert not TriageBatch.objects.exists()


def test_one_that_breaks_breaks_no_other(client, crowd, monkeypatch):
    real = decisions.act_on_comment

    def refuse_one(*, comment, **rest):
        if comment == crowd[1]:
            raise decisions.DecisionError("Not now.")
        return real(comment=comment, **rest)

    monkeypatch.setattr("harassment.services.decisions.act_on_comment", refuse_one)
    press(client, crowd[:3])
    assert outcomes() == ["asked", "skipped", "asked"]


def test_nobody_reaches_what_they_may_not_see(client_for, lumen, vera, crowd):
    assert press(client_for(vera, lumen), crowd).status_code == 403
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    client = client_for(vera, lumen)
    press(client, crowd)
    assert not TriageItem.objects.exists()
    assert not ModerationAction.objects.exists()


def test_a_creator_does_not_see_what_others_pressed(client_for, lumen, vera, client, crowd):
    press(client, crowd)
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    batch = TriageBatch.objects.get()
    answer = client_for(vera, lumen).get(f"/harassment/batches/{batch.code}/")
    assert answer.status_code == 404


def test_a_helper_presses_only_what_the_scope_allows(client_for, lumen, vera, crowd):
    Membership.objects.filter(user=vera).update(role=Role.HELPER, help_scope="triage")
    client = client_for(vera, lumen)
    assert press(client, crowd).status_code == 403
    assert press(client, crowd, "file").status_code == 403
    assert not TriageBatch.objects.exists()
    assert press(client, crowd, "dismiss").status_code == 200
    assert set(outcomes()) == {"done"}


@pytest.mark.parametrize(("headers", "most"), [({}, 8), (HTMX, 7)])
def test_a_batch_of_many_asks_no_more_than_one_of_few(client, crowd, headers, most):
    asked = []
    for comments in (crowd[:2], crowd):
        press(client, comments)
        url = f"/harassment/batches/{TriageBatch.objects.latest('pk').code}/"
        client.get(url, headers=headers)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url, headers=headers).status_code == 200
        asked.append(len([q for q in queries if not q["sql"].startswith(("SET ", "SAVEPOINT"))]))
    assert asked[0] == asked[1] <= most


def test_choosing_is_for_those_who_may_decide(client, client_for, lumen, vera, crowd):
    assert 'data-key="x"' in client.get("/harassment/inbox/").content.decode()
    page = client_for(vera, lumen).get("/harassment/inbox/").content.decode()
    assert 'data-key="x"' not in page
    assert 'id="bulk"' not in page


def test_all_by_one_author(client, account, classifier):
    made = [
        make_comment(account, f"{text} {n}", author_external_id=author)
        for n, (text, author) in enumerate([(THREAT, "a"), ("nice", "a"), (INSULT, "b")])
    ]
    score_comments(comment_ids=[comment.pk for comment in made])
    page = client.get(f"/harassment/inbox/?view=all&by={made[0].code}").content.decode()
    found = set(re.findall(r'id="comment-([0-9a-f-]{36})"', page))
    assert found == {str(made[0].code), str(made[1].code)}
    assert Comment.objects.count() == 3
