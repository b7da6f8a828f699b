"""A wave of comments is one case that rings once; praise, quarrels and imports are none."""

import random
from datetime import datetime, timedelta
from string import ascii_lowercase

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import live, tenancy
from accounts.models import Job
from harassment.models import AccountRhythm, Alert, Case, Dogpile, Evidence, Incident
from harassment.services import cases, dogpiles
from harassment.services.scoring import score_comments
from integrations.models import Comment
from integrations.platforms.base import RemoteComment, Visibility
from integrations.services.ingest import ingest_comments
from tests.factories import make_account, make_comment, make_post
from tests.harassment.conftest import HATE, INSULT, THREAT


def words(number: int) -> str:
    """Words of its own for every number: no two of these are copies of each other."""
    rng = random.Random(number)
    return " ".join("".join(rng.choices(ascii_lowercase, k=5)) for _ in range(8))


@pytest.fixture
def wave(account):
    """`wave(n, text)`: n comments by n people within a minute, ids in the order of arrival."""
    start = timezone.now() - timedelta(minutes=5)

    def build(number: int, *texts: str, at=start, seconds: float = 60.0, of=None, **fields):
        owner = of or account
        post = make_post(owner)
        return [
            make_comment(
                owner,
                f"{texts[n % len(texts)]} {words(n)}",
                post=post,
                published_at=at + timedelta(seconds=seconds * n / number),
                **fields,
            ).pk
            for n in range(number)
        ]

    return build


def in_batches(ids: list[int], size: int = 100) -> None:
    for start in range(0, len(ids), size):
        score_comments(comment_ids=ids[start : start + size])


def heard(number: int, at: datetime, text: str) -> RemoteComment:
    """One comment as a platform's adapter gives it, by somebody of their own."""
    return RemoteComment(
        id=f"Ugwave{number}", post_id="vidwave", parent_id=None, author_id=f"UCwave{number}",
        author_handle=f"@wave{number}", author_name=f"Wave {number}", author_avatar="", text=text,
        created_at=at, edited_at=None, like_count=0, reply_count=0, visibility=Visibility.PUBLIC,
        is_own=False, permalink="", raw={},
    )  # fmt: skip


@pytest.fixture
def rings(monkeypatch):
    """Every time that people were told of something new to see: one entry each."""
    poke, told = live.poke, []

    def count(name: str, *rest: object, **more: object) -> None:
        if name == "alerts":
            told.append(name)
        poke(name, *rest, **more)

    monkeypatch.setattr(live, "poke", count)
    return told


@pytest.mark.parametrize("page", [1000, 50])
def test_a_brigade_of_a_thousand_is_one_case_and_rings_three_times_at_most(
    account, classifier, run_jobs, rings, page
):
    start = timezone.now() - timedelta(minutes=6)
    insults = (INSULT, INSULT, HATE, INSULT, THREAT, INSULT, "so lovely")
    said = [
        heard(n, start + timedelta(seconds=0.3 * n), f"{insults[n % 7]} {words(n)}")
        for n in range(1000)
    ]
    for first in range(0, 1000, page):
        items = said[first : first + page]
        ingest_comments(account=account, items=items, observed_at=timezone.now())
        run_jobs()
    abusive = sum("zorglub" in one.text for one in said)
    dogpile = Dogpile.objects.get()
    case = Case.objects.open().get()
    assert (dogpile.account, dogpile.case, dogpile.state) == (account, case, "open")
    assert case.incidents.count() == abusive
    assert Incident.objects.count() == abusive
    assert 1 <= Alert.objects.count() <= 3
    assert 1 <= len(rings) <= 3
    assert {signal["name"] for signal in dogpile.signals} == {
        "hostility", "copies", "velocity", "newcomers", "synchrony", "overlap",
    }  # fmt: skip
    assert dogpile.comments > 100
    assert AccountRhythm.objects.filter(account=account).exists()


def test_a_wave_rings_three_times_at_most_in_any_order(wave, classifier):
    classifier.verdicts |= {
        "zorglubgrave": (4, ["insult"]),
        "zorglubtold": (3, ["doxx"]),
        "zorglubmild": (3, ["threat"]),
    }  # fmt: skip
    in_batches(wave(40, INSULT))
    for text in ("zorglubmild", "zorglubtold", "zorglubgrave", THREAT):
        in_batches(wave(1, text, at=timezone.now(), seconds=1.0))
    case = Case.objects.open().get()
    assert case.incidents.count() == 44
    rung = Alert.objects.filter(incident__case=case)
    assert {"threat", "doxx"} <= {kind for alert in rung for kind in alert.incident.kinds}
    assert rung.count() == 3


def test_comments_that_come_one_by_one_end_up_in_one_open_case(wave, classifier):
    in_batches(wave(40, INSULT), size=1)
    case = Case.objects.open().get()
    assert case.is_wave
    assert case.incidents.count() == 40
    assert Case.objects.closed().exclude(status=Case.Status.RESOLVED).count() == 0
    assert Alert.objects.unseen().count() <= 3
    # What was sealed before stays where it was, and is sealed in the wave's chain as well.
    assert Evidence.objects.filter(case=case).count() == 40


@pytest.mark.parametrize("text", ["so lovely", "I want to win @friend"])
def test_praise_is_no_wave(wave, classifier, text):
    in_batches(wave(600, text))
    assert not Dogpile.objects.exists()
    assert not Case.objects.exists()


def test_some_abuse_in_a_viral_crowd_is_no_wave(wave, classifier):
    in_batches(wave(400, *["so lovely"] * 19, INSULT))
    assert not Dogpile.objects.exists()
    assert Case.objects.count() == 20


def test_one_person_alone_is_no_wave(wave, classifier):
    in_batches(wave(60, INSULT, author_external_id="UCalone"))
    assert not Dogpile.objects.exists()
    assert Case.objects.get().author_external_id == "UCalone"


def test_an_import_of_old_comments_rings_nobody(wave, classifier):
    in_batches(wave(60, INSULT, at=timezone.now() - timedelta(days=3)))
    assert not Dogpile.objects.exists()


def test_running_it_again_changes_nothing(wave, classifier):
    ids = wave(60, INSULT, HATE)
    in_batches(ids)

    def everything():
        return (
            list(Dogpile.objects.values()),
            Case.objects.count(),
            Incident.objects.count(),
            Alert.objects.count(),
            Evidence.objects.count(),
        )

    before = everything()
    in_batches(ids)
    dogpiles.watch_dogpiles(comments=list(Comment.objects.filter(pk__in=ids)))
    assert everything() == before


def test_somebody_with_a_case_of_their_own_keeps_it(arrive, wave, classifier):
    arrive(INSULT, author_external_id="UCknown", published_at=timezone.now() - timedelta(hours=3))
    in_batches(wave(60, INSULT))
    arrive(HATE, author_external_id="UCknown")
    own = Case.objects.get(author_external_id="UCknown")
    assert (own.is_open, own.incidents.count()) == (True, 2)
    assert Case.objects.open().count() == 2


def test_another_account_is_left_alone(wave, classifier):
    other = make_account()
    in_batches(wave(60, INSULT))
    in_batches(wave(1, INSULT, of=other))
    assert Case.objects.get(account=other).is_wave is False
    assert Dogpile.objects.count() == 1


def test_it_ends_when_it_is_calm(wave, classifier, run_jobs):
    in_batches(wave(60, INSULT))
    dogpile = Dogpile.objects.get()
    job = Job.objects.get(name="harassment.end_calm_dogpile")
    assert job.run_at == dogpile.hot_at + timedelta(minutes=30)
    Dogpile.objects.update(hot_at=timezone.now() - timedelta(minutes=31))
    run_jobs(later=True)
    dogpile.refresh_from_db()
    assert (dogpile.state, dogpile.case.is_open) == ("over", True)


def test_a_wave_that_flares_up_again_is_the_same_one(wave, classifier):
    in_batches(wave(60, INSULT, at=timezone.now() - timedelta(hours=2)))
    first = Dogpile.objects.get()
    dogpiles._end(first)
    in_batches(wave(60, HATE))
    assert Dogpile.objects.get().is_open
    assert Case.objects.get().incidents.count() == 120


def test_dismissing_it_is_kept_and_raises_the_bar(wave, classifier, bob):
    in_batches(wave(40, INSULT))
    case = Case.objects.get()
    cases.dismiss_case(case=case, reason="A running gag", actor=bob)
    dogpile = Dogpile.objects.get()
    assert (dogpile.state, dogpile.decided_at is not None) == ("dismissed", True)
    assert dogpiles._raised(dogpile) > 0
    Dogpile.objects.update(decided_at=timezone.now() - timedelta(hours=25))
    assert dogpiles._raised(Dogpile.objects.get()) == 0
    cases.reopen_case(case=case, actor=bob)
    assert Dogpile.objects.get().state == "over"


def test_what_a_person_decided_about_is_not_counted_again(wave, classifier, bob):
    in_batches(wave(40, INSULT))
    cases.resolve_case(case=Case.objects.get(), actor=bob)
    in_batches(wave(2, INSULT, at=timezone.now(), seconds=1.0))
    assert Dogpile.objects.count() == 1
    assert Case.objects.open().count() == 2


def test_it_asks_a_constant_number_of_questions(account, wave, classifier):
    for other in (account, make_account(), make_account()):
        in_batches(wave(40, INSULT, of=other), size=256)

    def asked(ids):
        comments = list(Comment.objects.filter(pk__in=ids))
        with CaptureQueriesContext(connection) as found:
            dogpiles.watch_dogpiles(comments=comments)
        return len([q for q in found if "SAVEPOINT" not in q["sql"]])

    AccountRhythm.objects.all().delete()
    for other in Dogpile.objects.values_list("account_id", flat=True):
        dogpiles.learn_rhythm(account_id=other)
    ids = list(Comment.objects.values_list("pk", flat=True))
    assert asked(ids[:20]) == asked(ids) <= 4


def test_it_is_seen_in_its_own_workspace_only(
    client_for, charlie, nova, bob, lumen, wave, classifier
):
    in_batches(wave(40, INSULT))
    case = Case.objects.get()
    page = client_for(bob, lumen).get(f"/harassment/cases/{case.code}/")
    assert page.status_code == 200
    assert "Why this is unusual" in page.text
    panel = page.text.partition('id="case-wave"')[2].partition("</section>")[0]
    assert panel.count("<progress") == 6
    assert "zorglub" not in page.text
    listed = client_for(bob, lumen).get("/harassment/dogpiles/")
    assert str(case.code) in listed.text
    assert str(case.code) not in client_for(charlie, nova).get("/harassment/dogpiles/").text
    with tenancy.enter(nova):
        assert not Dogpile.objects.exists()


def test_the_list_can_be_of_one_account(wave, classifier, account, client_for, bob, lumen):
    other = make_account()
    in_batches(wave(40, INSULT))
    in_batches(wave(40, INSULT, of=other))
    client = client_for(bob, lumen)
    newest = Dogpile.objects.get(account=other)  # both began at once
    for query, count in (
        ("", 2), (f"?account={account.code}", 1), ("?account=x", 2), (f"?after={newest.code}", 1),
        ("?after=x", 2),
    ):  # fmt: skip
        page = client.get(f"/harassment/dogpiles/{query}")
        assert page.text.count('id="wave-state-') == count, query


def test_its_alert_names_the_wave(wave, classifier, client_for, bob, lumen):
    in_batches(wave(40, INSULT))
    page = client_for(bob, lumen).get("/harassment/alerts/")
    assert page.text.count("Unusual wave of comments") == 1
