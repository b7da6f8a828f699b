"""Reading an account: everything arrives once, in order, with every wording kept."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Job, LiveEvent
from integrations.models import Comment, CommentRevision, MetricPoint, Post, SocialAccount, SyncRun
from integrations.routing.models import ConnectionRoute
from integrations.services.schedule import enqueue_sync


def again(account: SocialAccount, run_jobs) -> SyncRun:
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    return SyncRun.objects.latest("created_at")


def reads(sandbox, since: int = 0) -> list[str]:
    return [r["path"] for r in sandbox.requests("commentThreads|comments$", "GET", since)]


def test_it_reads_all_buckets_once(synced, sandbox):
    run = SyncRun.objects.get()
    assert (run.state, run.error, run.percent) == (SyncRun.State.DONE, "", 100)
    state = sandbox.ctl("GET", "state")["channels"]["mila"]
    assert Comment.objects.count() == state["comments"] - state["rejected"]
    counts = {v: Comment.objects.filter(visibility=v).count() for v in ("public", "held", "spam")}
    assert counts == {
        "public": state["published"],
        "held": state["heldForReview"],
        "spam": state["likelySpam"],
    }
    assert not Comment.objects.filter(post=None).exists()
    assert not Post.objects.filter(title="").exists()


def test_it_keeps_what_the_platform_said(synced, sandbox):
    comment = Comment.objects.select_related("post").latest("pk")
    remote = sandbox.ctl("GET", "comments", id=comment.external_id)["comments"][0]
    assert comment.text == remote["text"]
    assert comment.raw["id"] == comment.external_id
    assert comment.author_external_id == remote["author_id"]
    assert comment.post
    assert comment.post.external_id == remote["video_id"]


def test_it_takes_the_names_and_counters_of_the_account(synced):
    assert synced.handle.startswith("@")
    assert synced.follower_count
    assert synced.last_synced_at
    names = set(MetricPoint.objects.filter(post=None).values_list("name", flat=True))
    assert names == {"followers", "posts", "views"}
    assert MetricPoint.objects.exclude(post=None).filter(name="comments").exists()


def test_it_brings_only_what_is_new_the_second_time(synced, sandbox, run_jobs):
    before = Comment.objects.count()
    seen = len(sandbox.requests())
    sandbox.comment("A late one")
    run = again(synced, run_jobs)
    assert (run.state, run.comments_new) == (SyncRun.State.DONE, 1)
    assert Comment.objects.count() == before + 1
    assert len(sandbox.requests()) - seen <= 4  # three listings, and no profile within the hour


def test_it_is_safe_to_run_twice(synced, run_jobs):
    before = list(Comment.objects.order_by("pk").values())
    assert again(synced, run_jobs).comments_new == 0
    assert list(Comment.objects.order_by("pk").values()) == before


def test_it_announces_each_new_comment_once(synced, heard, sandbox, run_jobs, settings):
    settings.SCORE_BATCH = 3
    sandbox.burst(7)
    again(synced, run_jobs)
    batches = [fact["comment_ids"] for fact in heard if "comment_ids" in fact]
    assert all(len(batch) <= 3 for batch in batches)
    ids = [pk for batch in batches for pk in batch]
    assert len(ids) == len(set(ids)) == 7
    assert Comment.objects.filter(pk__in=ids).count() == 7


def test_it_promises_the_scoring_with_the_comments(synced):
    jobs = Job.objects.filter(name="harassment.score_comments")
    ids = [pk for job in jobs for pk in job.payload["comment_ids"]]
    assert sorted(ids) == sorted(Comment.objects.values_list("pk", flat=True))


def test_it_keeps_the_wording_before_an_edit(synced, sandbox, run_jobs, heard):
    made = sandbox.comment("First wording")
    again(synced, run_jobs)
    sandbox.ctl("POST", "clock", advance_s=60)
    sandbox.ctl("POST", "comments", op="edit", id=made["id"], text="Second wording")
    again(synced, run_jobs)
    comment = Comment.objects.get(external_id=made["id"])
    assert comment.text == "Second wording"
    assert comment.edited_at
    assert CommentRevision.objects.get(comment=comment).text == "First wording"
    assert heard[-1]["edited_ids"] == [comment.pk]


def test_it_never_deletes_what_vanished(synced, sandbox, run_jobs):
    made = sandbox.comment("Gone soon")
    again(synced, run_jobs)
    sandbox.ctl("POST", "comments", op="delete", id=made["id"])
    again(synced, run_jobs)
    assert Comment.objects.filter(external_id=made["id"]).exists()


def test_it_notices_once_a_day_what_vanished(synced, sandbox, run_jobs):
    gone, stays = sandbox.comment("Gone soon"), sandbox.comment("Stays")
    again(synced, run_jobs)
    sandbox.ctl("POST", "comments", op="delete", id=gone["id"])
    again(synced, run_jobs)
    assert Comment.objects.get(external_id=gone["id"]).visibility == "public"
    synced.cursors.update(deepened_at=timezone.now() - timedelta(days=2))
    again(synced, run_jobs)
    assert Comment.objects.get(external_id=gone["id"]).visibility == "deleted"
    assert Comment.objects.get(external_id=stays["id"]).visibility == "public"
    assert Comment.objects.filter(visibility="deleted").count() == 1


def test_it_notices_what_was_decided_on_the_platform(synced, sandbox, run_jobs):
    held = Comment.objects.filter(visibility="held", parent_external_id="").latest("published_at")
    sandbox.memory.world.comments[held.external_id].status = "published"
    synced.cursors.update(deepened_at=timezone.now() - timedelta(days=2), watermark=None)
    again(synced, run_jobs)
    held.refresh_from_db()
    assert held.visibility == "public"


def test_it_fetches_replies_that_did_not_come_along(synced, sandbox, run_jobs):
    top = sandbox.comment("A thread")
    for number in range(12):
        sandbox.comment(f"Reply {number}", parent=top["id"])
    run = again(synced, run_jobs)
    assert Comment.objects.filter(parent_external_id=top["id"]).count() == 12
    assert run.comments_new == 13
    seen = len(sandbox.requests(r"/comments\?", "GET"))
    again(synced, run_jobs)
    assert len(sandbox.requests(r"/comments\?", "GET")) == seen  # complete threads cost nothing


def test_it_reads_a_new_video_with_its_first_comment(synced, sandbox, run_jobs):
    # The post is not in the cache of titles yet: its comment is faster than the hourly listing.
    Post.objects.filter(account=synced).delete()
    sandbox.comment("Hello")
    again(synced, run_jobs)
    assert Comment.objects.values_list("post__title", flat=True).get(text="Hello")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("zero\u200bwidth and \u202ertl\u202c", None),
        ("<img src=x onerror=alert(1)> <div hx-get=/x hx-trigger=load>", None),
        ("NUL \x00 inside", "NUL \ufffd inside"),
        ("👩‍👩‍👧 Ça va? שלום", None),
    ],
)
def test_it_stores_hostile_text_as_it_is(synced, sandbox, run_jobs, text, stored):
    made = sandbox.comment(text)
    run = again(synced, run_jobs)
    assert run.state == SyncRun.State.DONE
    assert Comment.objects.get(external_id=made["id"]).text == (stored or text)


def test_it_cuts_a_text_of_100000_characters(synced, sandbox, run_jobs):
    made = sandbox.comment("é" * 100_000)
    again(synced, run_jobs)
    comment = Comment.objects.get(external_id=made["id"])
    assert comment.is_cut
    assert len(comment.text) == settings.COMMENT_MAX_CHARACTERS
    again(synced, run_jobs)
    assert not CommentRevision.objects.exists()  # the hash is of the whole text


def test_it_reads_a_thousand_comments_in_seconds(synced, sandbox, run_jobs):
    sandbox.burst(1000, spread_s=600)
    began = time.monotonic()
    run = again(synced, run_jobs)
    assert run.comments_new == 1000
    assert time.monotonic() - began < 10


def test_it_tells_open_pages_at_most_twice_a_second(synced, sandbox, run_jobs):
    sandbox.burst(1000, spread_s=600)
    before = LiveEvent.objects.filter(name="sync").count()
    began = time.monotonic()
    again(synced, run_jobs)
    pokes = LiveEvent.objects.filter(name="sync").count() - before
    assert 1 <= pokes <= 3 + (time.monotonic() - began) * 2


def test_it_knows_how_much_there_is_on_a_first_reading(account, run_jobs):
    run_jobs()
    run = SyncRun.objects.get()
    assert run.comments_expected
    assert run.stage == "spam"


def test_it_looks_below_older_comments_once_a_day(synced, sandbox, run_jobs):
    ten_days_ago = (timezone.now() - timedelta(days=10)).isoformat()
    old = sandbox.comment("Ten days old", at=ten_days_ago)
    sandbox.burst(150, spread_s=6 * 3600)
    again(synced, run_jobs)
    sandbox.comment("A reply that moves no thread up", parent=old["id"])
    assert again(synced, run_jobs).comments_new == 0  # the first page was known, and enough
    synced.cursors.update(deepened_at=timezone.now() - timedelta(days=2))
    assert again(synced, run_jobs).comments_new == 1


def test_it_does_nothing_for_a_disconnected_account(synced, sandbox, run_jobs):
    SocialAccount.objects.update(status=SocialAccount.Status.DISCONNECTED)
    seen = len(sandbox.requests())
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    assert len(sandbox.requests()) == seen
    assert ConnectionRoute.objects.exists()


def test_it_ends_quietly_when_the_account_is_gone(in_lumen, run_jobs):
    enqueue_sync(account_code="6f1c2f6e-0000-4000-8000-000000000000")
    run_jobs()
    assert Job.objects.get().state == Job.State.DONE


def test_it_keeps_a_limited_history(synced, run_jobs, monkeypatch):
    monkeypatch.setattr("integrations.services.sync.KEPT_RUNS", 3)
    for _ in range(5):
        again(synced, run_jobs)
    assert SyncRun.objects.count() == 3
