"""The inbox: views, filters in the address, pages that never shift, counts that stop."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Role
from harassment.models import Incident
from harassment.queries import counts, inbox
from harassment.queries.counts import CappedCount
from harassment.services.decisions import dismiss_comment
from harassment.services.scoring import score_comments
from integrations.models import Comment
from tests.factories import make_account, make_comment
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT

HTMX = {"HX-Request": "true"}
NO_COMMENT = "1f8a7c52-64f0-4be2-9d52-6d3f6a0b9c11"


def shown(response) -> list[str]:
    """Codes of the comments in the list, in order."""
    return re.findall(r'id="comment-([0-9a-f-]{36})"', response.content.decode())


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


@pytest.fixture
def crowd(account, classifier):
    """Comments of every severity, one a minute; by text."""
    now = timezone.now()
    texts = [INSULT, "nice", ROUGH, THREAT, HATE, f"{INSULT} again"]
    made = {
        text: make_comment(account, text, published_at=now - timedelta(minutes=number))
        for number, text in enumerate(texts)
    }
    score_comments(comment_ids=[comment.pk for comment in made.values()])
    return made


def codes(crowd, *texts):
    return [str(crowd[text].code) for text in texts]


def test_what_needs_a_person_is_ordered_by_urgency_then_time(client, crowd):
    page = client.get("/harassment/inbox/")
    assert shown(page) == codes(crowd, THREAT, HATE, INSULT, f"{INSULT} again")
    headings = re.findall(r'class="grph">([^<]+) <', page.content.decode())
    assert headings == ["Now", "High", "Medium and low"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_each_view_holds_its_comments(client, crowd, bob, headers):
    dismiss_comment(comment=crowd[HATE], actor=bob)
    Comment.objects.filter(pk=crowd["nice"].pk).update(visibility="held")
    expected = {
        "severe": [THREAT],
        "low": [ROUGH],
        "held": ["nice"],
        "done": [HATE],
        "all": [INSULT, "nice", ROUGH, THREAT, HATE, f"{INSULT} again"],
    }
    for view, texts in expected.items():
        page = client.get(f"/harassment/inbox/?view={view}", headers=headers)
        assert shown(page) == codes(crowd, *texts), view


def test_it_counts_what_waits_in_each_view(client, crowd):
    page = client.get("/harassment/inbox/").content.decode()
    for label, number in [("Needs a person", 4), ("High and critical", 2), ("Low or unsure", 1)]:
        assert re.search(rf'{label}<span class="count[^"]*">{number}<', page), label


def test_it_filters_by_account_language_and_words(client, crowd, classifier):
    other = make_account(display_name="Other")
    elsewhere = make_comment(other, f"{INSULT} elsewhere", author_handle="@needle")
    score_comments(comment_ids=[elsewhere.pk])
    elsewhere.scores.update(language="fr")
    for query in (f"account={other.code}", "language=fr", "q=elsewhere", "q=%40needle", "q=NEED"):
        page = client.get(f"/harassment/inbox/?{query}")
        assert shown(page) == [str(elsewhere.code)], query


def test_it_finds_what_was_written_to_hide(client, arrive):
    comment = arrive("nice sh\u200be\u200blf")
    assert shown(client.get("/harassment/inbox/?view=all&q=shelf")) == [str(comment.code)]


@pytest.mark.parametrize(
    "query",
    [
        "view=nonsense",
        "account=1",
        "language=xx",
        "after=x",
        f"after={NO_COMMENT}",
        f"before={NO_COMMENT}",
        "open=%00",
        "q=" + "x" * 5000,
        "q=%25%5F%27%3B--",
        "q=%00",
    ],
)
def test_a_strange_address_is_no_error(client, crowd, query):
    assert client.get(f"/harassment/inbox/?{query}").status_code == 200


def test_an_empty_view_says_what_happens_next(client, account):
    assert "All clear" in client.get("/harassment/inbox/").content.decode()
    assert "Clear filters" in client.get("/harassment/inbox/?q=nothing").content.decode()


@pytest.mark.parametrize("view", ["needs", "all"])
def test_pages_follow_each_other_without_a_gap_or_a_shift(
    client, account, classifier, monkeypatch, view
):
    monkeypatch.setattr(inbox, "PAGE_SIZE", 4)
    same = timezone.now() - timedelta(hours=1)
    texts = [THREAT, INSULT, HATE, INSULT, INSULT, THREAT, HATE, INSULT, INSULT, HATE]
    made = [make_comment(account, f"{t} {n}", published_at=same) for n, t in enumerate(texts)]
    score_comments(comment_ids=[comment.pk for comment in made])
    first = client.get(f"/harassment/inbox/?view={view}")
    seen = shown(first)
    url = f"/harassment/inbox/?view={view}&after={seen[-1]}"
    late = make_comment(account, f"{THREAT} late")
    score_comments(comment_ids=[late.pk])
    second = shown(client.get(url))
    third = shown(client.get(f"/harassment/inbox/?view={view}&after={second[-1]}"))
    assert [len(seen), len(second), len(third)] == [4, 4, 2]
    assert sorted(seen + second + third) == sorted(str(comment.code) for comment in made)
    back = client.get(f"/harassment/inbox/?view={view}&before={second[0]}")
    assert shown(back) == seen if view == "needs" else shown(back)[-3:] == seen[-3:]


def test_new_comments_wait_in_the_pill_and_move_nothing(client, arrive):
    arrive(INSULT)
    page = client.get("/harassment/inbox/").content.decode()
    address = re.search(r'hx-get="(/harassment/inbox/new/[^"]+)"', page)
    assert address
    url = address[1].replace("&amp;", "&")
    assert "newpill" not in client.get(url, headers=HTMX).content.decode()
    arrive(HATE)
    arrive("nice")
    assert "1 new" in client.get(url, headers=HTMX).content.decode()


def test_counts_stop_where_nobody_works_by_the_number(client, crowd, monkeypatch):
    monkeypatch.setattr(counts, "COUNT_LIMIT", 3)
    assert ">3+<" in client.get("/harassment/inbox/").content.decode()
    assert str(CappedCount(2)) == "2"


def test_it_says_when_scoring_is_late(client, account, arrive):
    arrive("nice")
    assert "Scoring is late" not in client.get("/harassment/inbox/").content.decode()
    late = make_comment(account, "not judged")
    own = make_comment(account, "own", is_own=True)
    long_ago = timezone.now() - timedelta(minutes=5)
    assert "Scoring is late" not in client.get("/harassment/inbox/").content.decode()
    Comment.objects.filter(pk__in=[late.pk, own.pk]).update(first_seen_at=long_ago)
    page = client.get("/harassment/inbox/").content.decode()
    assert "Scoring is late: 1 comment waits." in page


def test_a_creator_sees_their_own_accounts_alone(client_for, lumen, vera, crowd, account):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    client = client_for(vera, lumen)
    paths = ["inbox/?view=all", "inbox/", "cases/", "alerts/"]
    code, case = crowd[THREAT].code, Incident.objects.get(comment=crowd[THREAT]).case.code
    for path in paths:
        page = client.get(f"/harassment/{path}").content.decode()
        assert "viewer" not in page.lower(), path
        assert str(code) not in page
    for path in (f"comments/{code}/", f"cases/{case}/", f"comments/{code}/standing/"):
        assert client.get(f"/harassment/{path}").status_code == 404
    assert client.post(f"/harassment/comments/{code}/reveal/").status_code == 404
    assert client.post(f"/harassment/comments/{code}/hide/").status_code == 404
    account.owner_id = vera.pk
    account.save(update_fields=["owner_id"])
    assert len(shown(client.get("/harassment/inbox/?view=all"))) == 6
    assert client.get(f"/harassment/cases/{case}/").status_code == 200


def test_another_workspace_sees_nothing(client_for, charlie, nova, crowd):
    client = client_for(charlie, nova)
    assert shown(client.get("/harassment/inbox/?view=all")) == []
    assert client.get(f"/harassment/comments/{crowd[THREAT].code}/").status_code == 404
