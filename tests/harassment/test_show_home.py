"""The home page: true figures, one sentence, and what to do first."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Role
from harassment.models import Incident
from harassment.queries import navigation_counts
from harassment.queries.figures import comment_figures, decision_figures
from harassment.services.decisions import dismiss_comment
from harassment.services.scoring import score_comments
from integrations.models import MetricPoint
from tests.factories import make_account, make_comment
from tests.harassment.conftest import INSULT, THREAT


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


@pytest.fixture
def me(bob, lumen) -> Membership:
    """Bob in lumen."""
    return Membership.objects.get(user=bob, workspace=lumen)


def plain(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_it_begins_with_what_to_connect(client_for, alice, bob, lumen):
    assert "Connect an account" in plain(client_for(alice, lumen).get("/"))
    words = plain(client_for(bob, lumen).get("/"))
    assert "An owner or manager of this workspace has to connect an account first." in words
    assert "Connect an account" not in words


def test_it_says_one_true_sentence(client, account, classifier):
    assert "Nothing needs you. Nothing came in" in plain(client.get("/"))
    ids = [make_comment(account).pk for _ in range(3)]
    assert "3 comments came in during the last 24 hours; they are not judged yet." in plain(
        client.get("/")
    )
    ids.append(make_comment(account, THREAT).pk)
    score_comments(comment_ids=ids)
    words = plain(client.get("/"))
    assert "1 comment needs a person. 4 comments came in" in words
    assert "75 % of those judged are ordinary" in words
    assert "Review 1 comment" in words


def test_it_greets_by_the_readers_clock(client, bob, account, monkeypatch):
    moment = timezone.now().replace(hour=21, minute=30)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert "Good evening, Bob" in plain(client.get("/"))
    bob.timezone = "Pacific/Auckland"
    bob.save(update_fields=["timezone"])
    assert "Good morning, Bob" in plain(client.get("/"))


def test_the_figures_are_those_of_the_last_day(account, classifier, me):
    now = timezone.now()
    ages = [*range(20), 23, 25, 30, 47, 49]
    made = [
        make_comment(
            account,
            INSULT if hours % 5 == 0 else "nice",
            published_at=now - timedelta(hours=hours, minutes=5),
        )
        for hours in ages
    ]
    make_comment(account, "own", is_own=True)
    make_comment(account, "from tomorrow", published_at=now + timedelta(hours=2))
    score_comments(comment_ids=[comment.pk for comment in made])
    figures = comment_figures(me)
    assert (figures.total, figures.judged, figures.abusive) == (21, 21, 4)
    assert figures.total_before == 3
    assert figures.share == pytest.approx(4 * 100 / 21)
    assert figures.share_before is None
    assert len(figures.totals) == 24
    assert figures.totals[-1] == 1
    assert figures.ordinary == 80


def test_a_share_of_a_few_comments_is_no_figure(client, account, classifier):
    score_comments(comment_ids=[make_comment(account, INSULT).pk])
    assert "once 20 comments of a day are judged" in plain(client.get("/"))


def test_the_time_to_act_is_a_median(arrive, me, bob):
    assert decision_figures(me).minutes is None
    now = timezone.now()
    for minutes in (2, 4, 90):
        comment = arrive(INSULT)
        dismiss_comment(comment=comment, actor=bob)
        Incident.objects.filter(comment=comment).update(
            created_at=now - timedelta(minutes=minutes), decided_at=now
        )
    assert decision_figures(me).minutes == pytest.approx(4)


def test_followers_are_summed_over_accounts(client, account):
    other = make_account(follower_count=50)
    account.follower_count = 1000
    account.save(update_fields=["follower_count"])
    now = timezone.now()
    for days, (mine, its) in enumerate([(1000, 50), (990, 40), (980, 30)]):
        at = now - timedelta(days=days)
        for owner, value in ((account, mine), (other, its)):
            MetricPoint.objects.create(account=owner, name="followers", value=value, at=at)
    words = plain(client.get("/"))
    assert "Followers 1,050" in words
    assert "40" in words


def test_it_lists_each_account_with_its_remedy(client, account):
    account.status, account.status_reason = "reconnect", "The permission was withdrawn."
    account.save(update_fields=["status", "status_reason"])
    words = plain(client.get("/"))
    assert "Mila Builds The permission was withdrawn." in words


def test_a_creator_reads_their_own_figures(client_for, vera, lumen, arrive, account):
    arrive(THREAT)
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    words = plain(client_for(vera, lumen).get("/"))
    assert "Mila Builds" not in words
    assert "Welcome, Vera" in words
    account.owner_id = vera.pk
    account.save(update_fields=["owner_id"])
    assert "1 comment needs a person." in plain(client_for(vera, lumen).get("/"))


def test_the_rail_counts_in_one_statement(arrive, me, bob, django_assert_num_queries):
    arrive(THREAT)
    arrive(INSULT)
    with django_assert_num_queries(1):
        counts = navigation_counts(me, bob)
    assert counts["live_seq"] > 0
    del counts["live_seq"]
    expected = {
        "inbox_open": 2, "cases_open": 2, "alerts_unseen": 2, "exposure": 0, "shields_up": 0,
        "shield_until": None,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected
