"""A broadcast is heard from its first message to its last: at a pace, within a budget, once."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts import outbox
from integrations.models import Comment, LiveChat, SocialAccount
from integrations.platforms import purse
from integrations.services import allowances, live_chats
from integrations.services.live_chats import USED_UP, listen, look_for_chats
from integrations.services.schedule import enqueue_sync

Status = SocialAccount.Status


def live(sandbox, op, **fields):
    return sandbox.ctl("POST", "live", op=op, **fields)


def texts() -> list[str]:
    rows = Comment.objects.filter(external_id__startswith="live:").order_by("published_at", "pk")
    return list(rows.values_list("text", flat=True))


@pytest.fixture
def on_air(synced, sandbox):
    """Mila went on air after her channel was read."""
    live(sandbox, "start")
    live(sandbox, "say", text="hello {i}", n=3)
    return synced


def hear(account, sandbox, seconds=40):
    """One turn of the job, after a pause that is long enough; when it wants to come again."""
    sandbox.ctl("POST", "clock", advance_s=seconds)
    account.live_chats.open().update(next_at=timezone.now())
    try:
        listen(account_code=str(account.code))
    except outbox.Defer as later:
        return later.delay_s
    return None


def test_a_reading_finds_the_broadcast_and_listens(on_air, sandbox, run_jobs):
    enqueue_sync(account_code=str(on_air.code))
    run_jobs()
    chat = LiveChat.objects.get()
    assert (chat.messages, chat.units, chat.ended_at) == (3, 5, None)
    assert texts() == ["hello 0", "hello 1", "hello 2"]
    assert Comment.objects.filter(post__external_id=chat.post_external_id, text="hello 0").exists()


def test_nobody_on_air_costs_one_question(synced, sandbox):
    before = len(sandbox.requests("live"))
    look_for_chats(account_code=str(synced.code))
    assert len(sandbox.requests("live")) == before + 1
    assert not LiveChat.objects.exists()


def test_it_goes_on_where_it_stopped_and_doubles_nothing(on_air, sandbox):
    look_for_chats(account_code=str(on_air.code))
    hear(on_air, sandbox)
    live(sandbox, "say", text="later {i}", n=2)
    hear(on_air, sandbox)
    # The place was lost with the process: the latest history comes again, and is known.
    LiveChat.objects.update(cursor="")
    hear(on_air, sandbox)
    assert texts() == ["hello 0", "hello 1", "hello 2", "later 0", "later 1"]
    assert LiveChat.objects.get().messages == 5


def test_silence_is_asked_less_often_and_words_bring_the_pace_back(on_air, sandbox, settings):
    look_for_chats(account_code=str(on_air.code))
    waits = [round(hear(on_air, sandbox)) for _ in range(6)]
    assert waits[0] == pytest.approx(settings.LIVE_CHAT_SECONDS, abs=1)
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == pytest.approx(live_chats.SLOWEST, abs=1)
    live(sandbox, "say", text="somebody is back")
    assert hear(on_air, sandbox) == pytest.approx(settings.LIVE_CHAT_SECONDS, abs=1)


def test_the_end_ends_it(on_air, sandbox):
    look_for_chats(account_code=str(on_air.code))
    hear(on_air, sandbox)
    live(sandbox, "stop")
    assert hear(on_air, sandbox) is None
    assert LiveChat.objects.get().ended_at is not None


def test_what_the_platform_removed_is_marked_and_kept(on_air, sandbox):
    look_for_chats(account_code=str(on_air.code))
    hear(on_air, sandbox)
    target = Comment.objects.get(text="hello 1")
    live(sandbox, "remove", id=target.external_id.removeprefix("live:"))
    hear(on_air, sandbox)
    target.refresh_from_db()
    assert (target.visibility, target.text) == ("deleted", "hello 1")


def test_the_budget_stops_it_until_the_platforms_midnight(on_air, sandbox, settings):
    settings.LIVE_CHAT_DAILY_UNITS = 12  # two questions and a bit
    look_for_chats(account_code=str(on_air.code))
    asked = len(sandbox.requests("liveChat/messages"))
    hear(on_air, sandbox)
    hear(on_air, sandbox)
    delay = hear(on_air, sandbox)
    assert len(sandbox.requests("liveChat/messages")) == asked + 2
    chat = LiveChat.objects.get()
    _day, tomorrow = allowances.day_in("America/Los_Angeles")
    assert (chat.reason, chat.next_at) == (USED_UP, tomorrow)
    assert delay == pytest.approx((tomorrow - timezone.now()).total_seconds(), abs=5)


@pytest.mark.parametrize(
    ("fault", "times", "words"),
    [
        ("status:503", 9, "YouTube has a passing problem"),
        ("rateLimitExceeded", 1, "slow down"),
        ("quotaExceeded", 1, "allowance is used up"),
        ("truncated_json", 9, "could not be read"),
    ],
)
def test_a_bad_day_is_told_and_survived(on_air, sandbox, fault, times, words):
    look_for_chats(account_code=str(on_air.code))
    sandbox.fault(fault, "liveChat/messages", times=times)
    assert hear(on_air, sandbox)
    assert words in LiveChat.objects.get().reason
    sandbox.ctl("DELETE", "faults")
    hear(on_air, sandbox)
    assert LiveChat.objects.get().reason == ""
    assert texts() == ["hello 0", "hello 1", "hello 2"]


def test_a_revoked_token_is_the_accounts_trouble(on_air, sandbox):
    look_for_chats(account_code=str(on_air.code))
    sandbox.fault("token_revoked", "liveChat/messages")
    assert hear(on_air, sandbox) is None
    on_air.refresh_from_db()
    assert on_air.status == Status.RECONNECT


def test_a_lost_place_takes_the_latest_history(on_air, sandbox):
    look_for_chats(account_code=str(on_air.code))
    hear(on_air, sandbox)
    live(sandbox, "say", text="meanwhile")
    LiveChat.objects.update(cursor="nonsense")
    hear(on_air, sandbox)
    hear(on_air, sandbox)
    assert texts()[-1] == "meanwhile"


def test_a_meter_never_passes_its_limit(lumen):
    meter = allowances.Meter("youtube", "live", "2026-11-21", 50)
    assert not allowances.reserve(meter, 51)
    assert sum(allowances.reserve(meter, 5) for _ in range(20)) == 10
    assert allowances.gone(meter) == 50
    allowances.settle(meter, held=5, used=1)
    assert allowances.gone(meter) == 46
    assert not allowances.reserve(meter, 5)
    assert allowances.reserve(meter, 4)


@pytest.mark.parametrize(
    ("moment", "period", "begins"),
    [
        ("2026-11-30T23:59:59+00:00", "2026-11", "2026-12-01T00:00:00+00:00"),
        ("2026-12-31T23:00:00-05:00", "2027-01", "2027-02-01T00:00:00+00:00"),
        ("2028-02-29T12:00:00+00:00", "2028-02", "2028-03-01T00:00:00+00:00"),
    ],
)
def test_a_month_is_one_of_utc(moment, period, begins):
    told, following = purse.month(datetime.fromisoformat(moment))
    assert (told, following.isoformat()) == (period, begins)


def test_a_day_is_the_platforms(lumen):
    told, following = allowances.day_in(
        "America/Los_Angeles", datetime(2026, 11, 21, 3, tzinfo=UTC)
    )
    assert told == "2026-11-20"
    assert following == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_without_the_permission_nobody_listens(synced, sandbox):
    live(sandbox, "start")
    SocialAccount.objects.update(scopes_granted=[])
    look_for_chats(account_code=str(synced.code))
    assert not LiveChat.objects.exists()
