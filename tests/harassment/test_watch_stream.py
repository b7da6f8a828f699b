"""The live page: a chat in counts and masked messages, and the coach that looks at it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import outbox, tenancy
from accounts.models import Job, Membership, Role
from ai_agents.models import Coaching, CoachTip
from ai_agents.services.coaching import coach, switch_coach
from harassment.queries.streams import stream_page, stream_rows, streams_on_air
from harassment.services.scoring import score_comments
from harassment.services.streams import JOB, coach_stream
from integrations.models import Comment, LiveChat, MetricPoint, SyncCursor
from integrations.signals import comments_ingested
from tests.factories import make_account, make_comment, make_post
from tests.harassment.conftest import HATE, INSULT, THREAT

HTMX = {"HX-Request": "true"}
PAGE, FRAGMENT = 8, 7  # session, user, membership (and the rail's counts) included


@pytest.fixture
def chat(account):
    """A YouTube broadcast that began twenty minutes ago and is heard."""
    now = timezone.now()
    post = make_post(account, external_id="broadcast", title="Friday bench")
    return LiveChat.objects.create(
        account=account,
        chat_id="c1",
        post_external_id=post.external_id,
        title="Friday bench",
        began_at=now - timedelta(minutes=20),
        heard_at=now,
        next_at=now,
    )


@pytest.fixture
def say(account, chat, classifier):
    """`say(text, minutes_ago, n)`: that many people write it in the chat, judged."""
    numbers = iter(range(100_000))

    def build(text: str, minutes_ago: float = 1, n: int = 1, **fields: Any) -> list[Comment]:
        post = account.posts.get(external_id="broadcast")
        made = []
        for _ in range(n):
            number = next(numbers)
            made.append(
                make_comment(
                    account,
                    f"{text} {number}",
                    post=post,
                    external_id=f"live:m{number}",
                    author_external_id=fields.get("author", f"UC{number % 20}"),
                    published_at=timezone.now() - timedelta(minutes=minutes_ago, seconds=1),
                )
            )
        score_comments(comment_ids=[one.pk for one in made])
        return made

    return build


@pytest.fixture
def look(client_for, bob, lumen):
    client = client_for(bob, lumen)
    return lambda path, **headers: client.get(f"/harassment/live/{path}", headers=headers)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def heading(body: str) -> str:
    return body.split("<h1>")[1].split("</h1>")[0]


def the_page():
    (stream,) = streams_on_air(None)
    return stream_page(stream)


def test_it_counts_what_was_said(say, account):
    say("hello", 1, 10)
    say("which clamp?", 2, 6)
    say(INSULT, 1, 4)
    say("earlier", 10, 30)
    make_comment(account, "a comment below the video", post=account.posts.get())
    page = the_page()
    now, before = page.figures.now, page.figures.before
    assert (now.messages, now.judged, now.masked, now.questions) == (20, 20, 4, 6)
    assert (before.messages, before.masked) == (30, 0)
    assert page.figures.messages == 50
    assert (page.judged, page.masked, page.waiting) == (50, 4, 0)
    assert page.level is not None
    assert page.level[0] == "warn"
    assert sum(one.messages for one in page.minutes) == 50
    assert sum(one.masked for one in page.minutes) == 4
    assert 19 <= len(page.minutes) <= 22  # from the beginning on, silent minutes too


def test_what_was_not_judged_says_so(say, account):
    say("hello", 1, 3)
    make_comment(account, "new", post=account.posts.get(), external_id="live:new")
    page = the_page()
    assert (page.judged, page.waiting) == (3, 1)


def test_a_chat_that_nobody_announces_is_on_air_while_people_write(in_lumen, classifier):
    twitch = make_account(platform="twitch", display_name="Night shift")
    post = make_post(twitch, external_id="s1", published_at=timezone.now() - timedelta(hours=1))
    assert streams_on_air(None) == []
    make_comment(
        twitch, "hi", post=post, external_id="live:t1",
        published_at=timezone.now() - timedelta(minutes=10),
    )  # fmt: skip
    (stream,) = streams_on_air(None)
    assert (stream.platform, stream.title, stream.is_heard) == ("twitch", post.title, False)
    SyncCursor.objects.create(account=twitch, stream="chat", watermark=timezone.now())
    (stream,) = streams_on_air(None)
    assert stream.is_heard
    assert 9 <= stream_page(stream).figures.quiet_minutes <= 11
    Comment.objects.update(published_at=timezone.now() - timedelta(minutes=21))
    assert streams_on_air(None) == []


def test_a_broadcast_that_ended_is_over_although_people_just_wrote(say, chat):
    say("bye", 0)
    assert len(streams_on_air(None)) == 1
    LiveChat.objects.update(ended_at=timezone.now())
    assert streams_on_air(None) == []


def test_a_creator_sees_only_their_own(say, alice, lumen, account):
    say("hello")
    membership = Membership.objects.get(user=alice, workspace=lumen)
    assert len(streams_on_air(membership)) == 1
    membership.role = Role.CREATOR
    assert streams_on_air(membership) == []
    account.owner_id = alice.pk
    account.save()
    assert len(streams_on_air(membership)) == 1


def test_the_page_shows_counts_and_masked_messages(say, look):
    say("hello friends", 1, 5)
    say(INSULT, 1, 3)
    say(THREAT, 1)
    body = text_of(look(""))
    assert "Friday bench" in body
    assert "hello friends" in body
    assert "zorglub" not in body
    assert "4 of 9 messages masked" in body
    for part in ("figures", "chat"):
        answer = look(f"{part}/", **HTMX)
        assert answer.status_code == 200
        assert "zorglub" not in text_of(answer)
    masked = text_of(look("chat/?show=masked", **HTMX))
    assert "hello friends" not in masked
    assert masked.count(">Decide<") == 4


def test_questions_are_listed_apart(say, look):
    say("which clamp?", 1, 2)
    say("nice", 1, 2)
    body = text_of(look("chat/?show=questions", **HTMX))
    assert "which clamp?" in body
    assert "nice" not in body


def test_hostile_names_and_titles_stay_text(say, look, chat):
    LiveChat.objects.update(title="<img src=x onerror=alert(1)>")
    say("<script>alert(2)</script>", 1)
    body = text_of(look(""))
    assert "<img src=x" not in body
    assert "<script>alert" not in body


def test_no_stream_says_how_one_begins(look, in_lumen):
    answer = look("")
    assert answer.status_code == 200
    assert "No stream is running" in text_of(answer)
    assert look("", **HTMX).status_code == 204


def test_a_stream_that_begins_or_ends_reloads_the_page(say, look):
    say("hello")
    assert look("", **HTMX)["HX-Refresh"] == "true"
    LiveChat.objects.update(ended_at=timezone.now())
    assert look("figures/", **HTMX)["HX-Refresh"] == "true"
    assert look("figures/").status_code == 302
    assert look("other/", **HTMX).status_code == 404


def test_of_several_streams_one_is_shown(say, look, account):
    say("hello")
    other = make_account(platform="twitch", display_name="Second channel")
    make_comment(other, "salut", post=make_post(other, title="Other stream"), external_id="live:o1")
    body = text_of(look(f"?account={account.code}"))
    assert "Second channel" in body
    assert "Friday bench" in heading(body)
    assert "Other stream" in heading(text_of(look(f"?account={other.code}")))


def test_viewers_are_told_where_the_platform_tells_them(say, account, look):
    say("hello")
    assert "the platform has not told" in text_of(look(""))
    post = account.posts.get(external_id="broadcast")
    MetricPoint.objects.create(
        account=account, post=post, name="viewers", value=1842, at=timezone.now()
    )
    assert "1,842" in text_of(look(""))


def test_another_workspace_sees_nothing(charlie, nova, say, client_for, account):
    say("hello friends")
    client = client_for(charlie, nova)
    body = text_of(client.get("/harassment/live/"))
    assert "No stream is running" in body
    assert client.get(f"/ai/coach/{account.code}/").status_code == 404


def test_it_asks_little_and_no_more_for_more_messages(say, look, account):
    def measure() -> dict[str, int]:
        found = {}
        for path, headers in [("", {}), ("figures/", HTMX), ("chat/", HTMX)]:
            look(path, **headers)
            with CaptureQueriesContext(connection) as asked:
                assert look(path, **headers).status_code == 200
            counted = [q for q in asked if not q["sql"].startswith(("SET ", "SAVEPOINT"))]
            found[path] = len(counted)
        return found

    say("hello", 1, 2)
    few = measure()
    assert few[""] <= PAGE
    assert max(few["figures/"], few["chat/"]) <= FRAGMENT
    say("hello", 2, 20)
    say(HATE, 1, 10)
    assert measure() == few


# --- the coach -----------------------------------------------------------------------------------


def job() -> Job | None:
    with tenancy.public():
        return Job.objects.filter(name=JOB, state=Job.State.QUEUED).first()


def told() -> list[str]:
    return list(CoachTip.objects.order_by("pk").values_list("kind", flat=True))


def hear(account):
    LiveChat.objects.update(heard_at=timezone.now())
    with pytest.raises(outbox.Defer):
        coach_stream(account_id=account.pk)


def test_messages_of_a_chat_wake_the_coach_and_others_do_not(say, account):
    comment = make_comment(account, "below a video")
    comments_ingested.send(sender=Comment, comment_ids=[comment.pk], edited_ids=[])
    assert job() is None
    (message,) = say("hello")
    for _ in range(2):
        comments_ingested.send(sender=Comment, comment_ids=[message.pk], edited_ids=[])
    with tenancy.public():
        assert Job.objects.filter(name=JOB).count() == 1


def test_a_harsher_chat_is_told_once_in_half_a_minute(say, account):
    say("hello", 10, 40)
    say(INSULT, 1, 8)
    say("which one?", 1, 20)
    hear(account)
    assert told() == ["abuse"]
    tip = CoachTip.objects.get()
    assert (tip.figures["masked"], tip.figures["before_masked"]) == (8, 0)
    assert tip.metric_ref == "masked"
    hear(account)
    assert told() == ["abuse"]  # whatever else there is to say
    CoachTip.objects.update(made_at=timezone.now() - timedelta(seconds=31))
    hear(account)
    assert told() == ["abuse", "questions"]


def test_no_word_of_a_viewer_is_in_a_tip(say, account):
    say(f"{INSULT}?", 1, 12)
    hear(account)
    assert "zorglub" not in str(CoachTip.objects.values().get())


def test_it_is_silent_when_aura_does_not_hear(say, account):
    say(INSULT, 1, 12)
    LiveChat.objects.update(heard_at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(outbox.Defer):
        coach_stream(account_id=account.pk)
    assert told() == []


def test_it_rests_when_the_stream_is_over_or_nobody_wants_it(say, account, alice):
    say("hello")
    switch_coach(account=account, is_on=False, has_words=False, actor=alice)
    coach_stream(account_id=account.pk)
    switch_coach(account=account, is_on=True, has_words=False, actor=alice)
    hear(account)
    LiveChat.objects.update(ended_at=timezone.now())
    coach_stream(account_id=account.pk)
    account.delete()
    coach_stream(account_id=account.pk)


def test_two_that_look_at_once_say_it_once(say, account):
    say(INSULT, 1, 12)
    (stream,) = streams_on_air(None)
    figures = stream_page(stream).figures
    post = account.posts.get(external_id="broadcast")
    assert coach(account=account, post=post, figures=figures) is not None
    assert coach(account=account, post=post, figures=figures) is None


def test_a_tip_is_read_dismissed_and_gone(say, account, client_for, bob, vera, lumen):
    say(INSULT, 1, 12)
    hear(account)
    client = client_for(bob, lumen)
    page = f"/ai/coach/{account.code}/"
    body = text_of(client.get(page, headers=HTMX))
    assert "slow mode or the shield would help" in body
    assert "12 of the last 12 messages are masked" in body
    assert "Words by AI" not in body
    tip = CoachTip.objects.get()
    assert client_for(vera, lumen).post(f"/ai/coach/tips/{tip.code}/dismiss/").status_code == 403
    answer = client.post(f"/ai/coach/tips/{tip.code}/dismiss/", headers=HTMX)
    assert "slow mode" not in text_of(answer)
    assert "slow mode" not in text_of(client.get(page))


def test_the_switch_is_kept_and_audited(account, client_for, bob, lumen, in_lumen):
    client = client_for(bob, lumen)
    client.post(f"/ai/coach/{account.code}/switch/", {})
    switch = Coaching.objects.get()
    assert (switch.is_on, switch.user_id) == (False, bob.pk)
    assert "switched off for this account" in text_of(client.get(f"/ai/coach/{account.code}/"))
    client.post(f"/ai/coach/{account.code}/switch/", {"is_on": "1", "has_words": "1"})
    switch.refresh_from_db()
    assert (switch.is_on, switch.has_words) == (True, True)


def test_a_creator_cannot_touch_the_coach_of_another(
    say: Callable[..., Any], account, client_for, bob, lumen
):
    say(INSULT, 1, 12)
    hear(account)
    with tenancy.public():
        Membership.objects.filter(user=bob, workspace=lumen).update(role=Role.CREATOR)
    client = client_for(bob, lumen)
    tip = CoachTip.objects.get()
    for path in (f"{tip.code}/dismiss/",):
        assert client.post(f"/ai/coach/tips/{path}").status_code == 404
    assert client.post(f"/ai/coach/{account.code}/switch/").status_code == 404
    assert stream_rows(streams_on_air(None)[0], "all")
