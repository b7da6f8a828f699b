"""A coach's tip in a model's words: asked once, checked, paid; or the computed tip stays."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts import tenancy
from accounts.models import Membership
from ai_agents import review
from ai_agents.models import Allowance, Coaching, CoachTip, Preference, Reservation
from ai_agents.queries.coaching import coach_page
from ai_agents.services.wording import word_tip
from tests.ai_agents.answering import told
from tests.ai_agents.conftest import make_price
from tests.factories import make_account, make_comment, make_post

FIGURES = {"minutes": 3, "messages": 40, "judged": 40, "masked": 9, "before_masked": 1,
           "before_judged": 90}  # fmt: skip
REQUESTS = Allowance.Measure.REQUESTS


@pytest.fixture(autouse=True)
def _prices(in_lumen):
    make_price("openai", "o1")
    make_price("gemini", "g1")


@pytest.fixture(autouse=True)
def _judges(monkeypatch):
    """A judge who finds harsh what calls names."""
    monkeypatch.setattr(review, "_judges", [lambda texts: [3 * ("idiot" in one) for one in texts]])


@pytest.fixture
def tip(in_lumen, alice) -> CoachTip:
    """Told a moment ago, in a stream whose chat holds what nobody should read."""
    account = make_account()
    post = make_post(account, title="zorglubtitle")
    make_comment(account, "zorglubword", post=post, external_id="live:1")
    Coaching.objects.create(account=account, has_words=True, user_id=alice.pk)
    now = timezone.now()
    return CoachTip.objects.create(
        account=account, post=post, kind="abuse", metric_ref="masked", figures=FIGURES,
        made_at=now, expires_at=now + timedelta(minutes=6),
    )  # fmt: skip


def worded(tip: CoachTip) -> CoachTip:
    word_tip(tip.pk)
    tip.refresh_from_db()
    return tip


def used() -> tuple[int, int]:
    row = Allowance.objects.get(measure=REQUESTS)
    return int(row.used), int(row.reserved)


def test_it_says_the_same_in_other_words(chain: Callable[[str], Any], tip: CoachTip) -> None:
    loopback = chain("openai:o1")
    loopback.script["o1"] = told({"tip": "9 of 40 messages are masked: breathe, use slow mode."})
    assert worded(tip).words == "9 of 40 messages are masked: breathe, use slow mode."
    assert (tip.language, tip.provider) == ("en", "openai:o1")
    assert used() == (1, 0)
    line = coach_page(tip.account).lines[0]
    assert (line.is_worded, line.tip) == (True, tip.words)
    with translation.override("fr"):  # who reads French reads the computed French
        assert not coach_page(tip.account).lines[0].is_worded


def test_nothing_of_a_viewer_is_sent(chain: Callable[[str], Any], tip: CoachTip) -> None:
    loopback = chain("openai:o1")
    loopback.script["o1"] = told({"tip": "Use slow mode now."})
    worded(tip)
    sent = json.dumps([one.body for one in loopback.requests])
    assert "zorglub" not in sent
    assert "tools" not in sent
    assert "9 of the last 40 messages" in sent


@pytest.mark.parametrize(
    "words",
    [
        "77 messages are masked.",
        "Use slow mode, see https://evil.test/x",
        "Tell that idiot to stop.",
        "Ask them. Then five more.",
    ],
)
def test_words_that_do_not_pass_are_not_kept(
    chain: Callable[[str], Any], tip: CoachTip, words: str
) -> None:
    chain("openai:o1").script["o1"] = told({"tip": words})
    assert worded(tip).words == ""
    assert used() == (0, 0)
    assert not coach_page(tip.account).lines[0].is_worded


def test_without_a_judge_nothing_is_kept(
    chain: Callable[[str], Any], tip: CoachTip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "_judges", [])
    chain("openai:o1").script["o1"] = told({"tip": "Use slow mode now."})
    assert worded(tip).words == ""


def test_no_key_costs_nothing_and_the_tip_stays(tip: CoachTip) -> None:
    assert worded(tip).words == ""
    assert used() == (0, 0)
    assert coach_page(tip.account).lines[0].tip.startswith("The chat gets harsher")


def test_the_fast_chain_is_asked_where_there_is_one(
    chain: Callable[[str], Any], tip: CoachTip, settings: Any
) -> None:
    loopback = chain("openai:o1")
    settings.AI_FAST_CHAIN = "gemini:g1"
    loopback.script["g1"] = told({"tip": "Use slow mode now."})
    assert worded(tip).provider == "gemini:g1"
    assert loopback.asked("o1") == 0


@pytest.mark.parametrize("state", ["over", "dismissed", "unwanted", "gone", "stopped", "used up"])
def test_nobody_is_asked_in_vain(
    chain: Callable[[str], Any], tip: CoachTip, state: str, alice: Any, lumen: Any
) -> None:
    loopback = chain("openai:o1")
    now = timezone.now()
    if state == "over":
        CoachTip.objects.update(expires_at=now)
    elif state == "dismissed":
        CoachTip.objects.update(dismissed_at=now)
    elif state == "unwanted":
        Coaching.objects.update(has_words=False)
    elif state == "gone":
        with tenancy.public():
            Membership.objects.filter(user=alice, workspace=lumen).delete()
    elif state == "stopped":
        Preference.objects.create(is_stopped=True)
    else:
        Preference.objects.create(person_requests=0)
    word_tip(tip.pk)
    assert loopback.requests == []
    assert not Reservation.objects.exists()


def test_a_second_run_after_a_crash_does_not_pay_again(
    chain: Callable[[str], Any], tip: CoachTip
) -> None:
    loopback = chain("openai:o1")
    loopback.script["o1"] = told({"tip": "Use slow mode now."})
    worded(tip)
    CoachTip.objects.update(words="")  # as if the first run had died before it wrote them
    word_tip(tip.pk)
    assert loopback.asked("o1") == 1
