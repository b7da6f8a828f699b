"""The shield: stricter for some hours, quiet except for danger, then exactly as before."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, LiveEvent, Membership, Role
from harassment.models import Alert, Shield, ShieldHold
from harassment.queries import navigation_counts
from harassment.queries.rows import comment_rows
from harassment.services.scoring import score_comments
from harassment.services.shields import (
    end_shield,
    extend_shields,
    hold_newcomers,
    raise_shield,
    stop_shields,
)
from harassment.services.triage import Judged
from integrations.models import Comment, SocialAccount
from tests.factories import make_account, make_comment
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT

OWN = {"shield", "shieldhold"}


@pytest.fixture
def me(bob, lumen) -> Membership:
    """Bob in lumen."""
    return Membership.objects.get(user=bob, workspace=lumen)


@pytest.fixture
def shield(account, bob) -> Shield:
    """Up for twelve hours."""
    return raise_shield(accounts=[account], hours=12, actor=bob, origin="home")[0]


def later(monkeypatch, **delta) -> None:
    moment = timezone.now() + timedelta(**delta)
    monkeypatch.setattr(timezone, "now", lambda: moment)


def state() -> str:
    """All that lumen holds, but the shield's own rows."""
    rows: list[Any] = []
    model: Any
    for room in ("integrations", "harassment"):
        for model in apps.get_app_config(room).get_models():
            if model._meta.model_name not in OWN:
                rows.extend(model.objects.order_by("pk"))
    content: str = serializers.serialize("json", rows)
    return content


def shown(me) -> list[object]:
    """What every reader sees of every comment, and what the bell says."""
    rows = comment_rows(Comment.objects.order_by("pk"))
    bell = {k: v for k, v in navigation_counts(me, me.user).items() if k != "live_seq"}
    return [*((row.code, row.text, row.is_masked, row.summary) for row in rows), bell]


def plain(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def pokes(name: str) -> int:
    return LiveEvent.objects.filter(name=name).count()


def test_one_tap_raises_it_without_a_script(client_for, bob, lumen, account):
    browser = client_for(bob, lumen)
    form = re.search(
        r'<form id="shield-tap".*?</form>', browser.get("/").content.decode(), re.DOTALL
    )
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.group()))
    fields.pop("csrfmiddlewaretoken")
    answer = browser.post("/harassment/shields/raise/", fields, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    words = plain(answer)
    assert "The shield is up." in words
    assert "11 hours, 59 minutes left" in words or "12 hours left" in words
    shield = Shield.objects.get()
    assert (shield.account_id, shield.origin, shield.raised_by_id) == (account.pk, "home", bob.pk)
    assert "The shield is up." in plain(browser.get("/harassment/cases/"))
    answer = browser.post("/harassment/shields/stop/", {"next": "/"}, follow=True)
    assert "The shield is up." not in plain(answer)
    assert "shield-tap" in answer.content.decode()


def test_a_first_comment_waits_masked_and_a_regular_is_read(account, shield, arrive):
    make_comment(
        account, author_external_id="UCold", published_at=timezone.now() - timedelta(days=9)
    )
    first = arrive("hello there", author_external_id="UCnew")
    second = arrive("hello again", author_external_id="UCnew")
    regular = arrive("hello friend", author_external_id="UCold")
    rough = arrive(ROUGH, author_external_id="UCold")
    rows = {row.pk: row for row in comment_rows(Comment.objects.all())}
    assert [rows[c.pk].is_held for c in (first, second, regular, rough)] == [
        True,
        True,
        False,
        True,
    ]
    assert rows[first.pk].text == ""
    assert rows[first.pk].summary == "Held by the shield"
    assert rows[regular.pk].text == "hello friend"
    assert set(ShieldHold.objects.values_list("comment_id", "reason")) == {
        (first.pk, "newcomer"), (second.pk, "newcomer"), (rough.pk, "doubt"),
    }  # fmt: skip


def test_it_holds_only_on_its_account_and_nothing_old(account, shield, arrive):
    other = make_account()
    arrive("hello", account=other)
    arrive("late", published_at=timezone.now() - timedelta(hours=3))
    assert not ShieldHold.objects.exists()


def test_it_says_nothing_of_what_it_holds(client_for, bob, lumen, account, shield, arrive):
    held = arrive("zorglubquiet words")
    browser = client_for(bob, lumen)
    for path in (
        "/harassment/inbox/?view=all", f"/harassment/comments/{held.code}/",
        f"/harassment/shields/{shield.code}/", f"/harassment/comments/{held.code}/why/",
    ):  # fmt: skip
        assert "zorglubquiet" not in browser.get(path).content.decode(), path
    revealed = browser.post(f"/harassment/comments/{held.code}/reveal/")
    assert "zorglubquiet" in revealed.content.decode()


def test_a_person_lets_one_through(client_for, bob, lumen, account, shield, arrive):
    held, kept = arrive("good words"), arrive("other words")
    browser = client_for(bob, lumen)
    browser.post(f"/harassment/shields/held/{held.code}/release/")
    page = browser.get("/harassment/inbox/?view=all").content.decode()
    assert "good words" in page
    assert "other words" not in page
    assert AuditEntry.objects.filter(action="harassment.shield.released").count() == 1
    browser.post(f"/harassment/shields/held/{held.code}/release/")
    assert AuditEntry.objects.filter(action="harassment.shield.released").count() == 1
    assert kept.hold.released_at is None


def test_only_danger_rings_and_the_rest_is_one_digest(
    client_for, bob, lumen, me, account, shield, arrive
):
    before = pokes("alerts")
    arrive(INSULT)
    arrive(HATE)
    assert pokes("alerts") == before
    assert navigation_counts(me, bob)["alerts_unseen"] == 0
    arrive(THREAT)
    assert pokes("alerts") == before + 1
    assert navigation_counts(me, bob)["alerts_unseen"] == 1
    stop_shields(shields=[shield], actor=bob)
    assert pokes("alerts") == before + 2
    assert navigation_counts(me, bob)["alerts_unseen"] == 2
    browser = client_for(bob, lumen)
    words = plain(browser.get("/harassment/alerts/"))
    assert "While the shield was up: 2 alerts" in words
    digest = plain(browser.get(f"/harassment/shields/{shield.code}/"))
    assert "2 alerts did not ring." in digest
    codes = re.findall(
        r'name="code" value="([^"]+)"', browser.get("/harassment/alerts/").content.decode()
    )
    browser.post("/harassment/alerts/seen/", {"code": codes})
    assert navigation_counts(me, bob)["alerts_unseen"] == 0


def test_raising_and_stopping_writes_nothing_else(account, bob, me, arrive):
    for text in (INSULT, ROUGH, "nice"):
        arrive(text)
    before, looks = state(), shown(me)
    shield = raise_shield(accounts=[account], hours=12, actor=bob, origin="page")[0]
    extend_shields(shields=[shield], hours=12, actor=bob)
    raise_shield(accounts=[account], hours=4, actor=bob, origin="case")
    assert state() == before
    stop_shields(shields=[shield], actor=bob)
    assert state() == before
    assert shown(me) == looks


@pytest.mark.parametrize("end", ["stopped", "expired", "job lost", "twice"])
def test_afterwards_all_is_as_without_it(end, account, bob, me, classifier, monkeypatch, run_jobs):
    twin = make_account(platform=account.platform)
    shield = raise_shield(accounts=[account], hours=12, actor=bob, origin="home")[0]
    pairs = []
    for number, text in enumerate((INSULT, ROUGH, "nice", "fine", "good")):
        mine, its = (
            make_comment(a, text, author_external_id=f"UC{number}") for a in (account, twin)
        )
        pairs.append((mine.pk, its.pk))
    score_comments(comment_ids=[pk for pair in pairs for pk in pair])
    rows = {row.pk: row for row in comment_rows(Comment.objects.all())}
    assert any(rows[mine].is_masked != rows[its].is_masked for mine, its in pairs)
    if end == "stopped":
        stop_shields(shields=[shield], actor=bob)
    else:
        later(monkeypatch, hours=12, minutes=1)
    if end in {"expired", "twice"}:
        end_shield(shield_id=shield.pk)
    if end == "twice":
        end_shield(shield_id=shield.pk)
        stop_shields(shields=[shield], actor=bob)
    rows = {row.pk: row for row in comment_rows(Comment.objects.all())}
    for one, other in pairs:
        a, b = rows[one], rows[other]
        assert (a.text, a.is_masked, a.summary, a.severity) == (
            b.text,
            b.is_masked,
            b.summary,
            b.severity,
        )
    assert not Shield.objects.active().exists()
    rung = Alert.objects.filter(is_digest=True).count()
    assert rung == (0 if end == "job lost" else 1)
    ended = AuditEntry.objects.filter(
        action__in=["harassment.shield.ended", "harassment.shield.stopped"]
    )
    assert ended.count() == rung


def test_a_second_tap_and_an_overlap_are_one_shield(account, bob, alice, shield):
    until = shield.ends_at
    again = raise_shield(accounts=[account], hours=4, actor=alice, origin="case")[0]
    assert again.pk == shield.pk
    assert again.ends_at == until  # never shorter
    longer = raise_shield(accounts=[account, make_account()], hours=24, actor=alice, origin="page")
    assert {one.pk for one in longer} >= {shield.pk}
    assert Shield.objects.count() == 2
    assert longer[0].ends_at > until
    assert AuditEntry.objects.filter(action="harassment.shield.raised").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Shield.objects.create(
            account=account, origin="home", started_at=until, ends_at=until,
            raised_by_id=bob.pk, raised_by_label="x",
        )  # fmt: skip


def test_its_job_ends_it_once_and_an_early_one_does_not(
    account, bob, shield, run_jobs, monkeypatch
):
    end_shield(shield_id=shield.pk)
    assert Shield.objects.active().exists()
    extend_shields(shields=[shield], hours=12, actor=bob)
    run_jobs(later=True, rounds=1)  # both promised ends come far too early
    assert Shield.objects.active().exists()
    later(monkeypatch, hours=24, minutes=1)
    end_shield(shield_id=shield.pk)
    shield.refresh_from_db()
    assert shield.ended_at is not None
    assert not shield.is_stopped


def test_a_stale_row_does_not_stop_the_next_one(account, bob, shield, monkeypatch):
    later(monkeypatch, hours=13)
    fresh = raise_shield(accounts=[account], hours=4, actor=bob, origin="home")[0]
    assert fresh.pk != shield.pk
    shield.refresh_from_db()
    assert shield.ended_at is not None


def test_holding_twice_is_holding_once(account, shield, arrive):
    held = arrive("hello")
    hold_newcomers(
        judged=[Judged(Comment.objects.select_related("account").get(pk=held.pk), 0, ())]
    )
    assert ShieldHold.objects.count() == 1


def test_it_lasts_at_most_three_days_from_now(account, bob, shield):
    for _ in range(9):
        extend_shields(shields=[Shield.objects.get()], hours=12, actor=bob)
    assert Shield.objects.get().ends_at <= timezone.now() + timedelta(hours=72)


def test_a_creator_shields_their_own_accounts_alone(client_for, vera, lumen, account):
    mine = make_account(owner_id=vera.pk)
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    browser = client_for(vera, lumen)
    browser.post("/harassment/shields/raise/", {"hours": 12, "account": str(account.code)})
    assert not Shield.objects.exists()
    browser.post("/harassment/shields/raise/", {"hours": 12})
    assert list(Shield.objects.values_list("account_id", flat=True)) == [mine.pk]
    other = raise_shield(
        accounts=list(SocialAccount.objects.filter(pk=account.pk)), hours=4, actor=vera,
        origin="page",
    )[0]  # fmt: skip
    assert browser.get(f"/harassment/shields/{other.code}/").status_code == 404
    browser.post("/harassment/shields/stop/", {"shield": str(other.code)})
    other.refresh_from_db()
    assert other.ended_at is None


def test_nonsense_is_refused(client_for, bob, lumen, account):
    browser = client_for(bob, lumen)
    for data in ({"hours": 1000}, {"hours": "x"}, {}, {"hours": 4, "account": "x"}):
        browser.post("/harassment/shields/raise/", data)
    assert not Shield.objects.exists()
    assert browser.post("/harassment/shields/stop/", {"shield": "x"}).status_code == 403


def test_its_pages_ask_little_and_no_more_for_more_rows(
    client_for, bob, lumen, account, shield, classifier
):
    browser = client_for(bob, lumen)
    found = []
    for number in (1, 12):
        ids = [make_comment(account, text).pk for text in (INSULT, "nice") for _ in range(number)]
        score_comments(comment_ids=ids)
        counts = []
        for path in ("/harassment/shields/", f"/harassment/shields/{shield.code}/"):
            browser.get(path)
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(path).status_code == 200
            counts.append(len([q for q in asked if not q["sql"].startswith(("SET ", "SAVEPOINT"))]))
        found.append(counts)
    assert found[0] == found[1]
    assert max(found[0]) <= 8, found
