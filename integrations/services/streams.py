"""Reading one account page by page: posts, then comments, of all posts or of each.

Every page is one transaction: its comments, the cursor, the run's counters and the fact that
scoring waits for. A kill at any point loses at most the page in flight, which is read again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from accounts import live, outbox
from integrations.models import Comment, Post, SocialAccount, SyncCursor, SyncRun
from integrations.platforms.base import (
    Bucket,
    Cap,
    ErrorKind,
    Page,
    Platform,
    PlatformError,
    RemoteComment,
    RemotePost,
)
from integrations.services.credentials import Caller
from integrations.services.due_posts import due_posts, stream_of
from integrations.services.health import record_success
from integrations.services.ingest import ingest_account, ingest_comments, ingest_posts
from integrations.services.passes import OVERLAP, Kept, depth_of, move, reach_of
from integrations.services.resync import expected_comments
from integrations.services.vanished import gone_ids, mark_deleted, missing_ids

logger = logging.getLogger(__name__)

PROFILE_EVERY = timedelta(hours=1)  # counters are kept by the hour; more would only cost quota
STALLED_PAGES = 20  # pages without anything new before a listing counts as endless
CIRCLES = 2  # of them in a row, when the listing names a place that was read before
RESTARTS = 3  # of one listing in one run, after its place was lost
REPLY_PAGES = 50  # of one thread
_COUNTERS = ("stage", "posts_seen", "comments_seen", "comments_new", "pages_read")
POKE_SECONDS = 0.5  # progress reaches open pages at most twice a second


class Cancelled(Exception):
    """A person stopped the run, or disconnected the account."""


class PageLimit(Exception):
    """The run has read as many pages as one run may; the next one goes on from the cursor."""


Item = TypeVar("Item")
Fetch = Callable[[str | None], Page[Item]]
Keep = Callable[[Page[Item], datetime], Kept]


class Reader:
    """One run over one account. Raises PlatformError, Cancelled, PageLimit or LeaseLost."""

    def __init__(self, *, account: SocialAccount, run: SyncRun, platform: Platform) -> None:
        self.account = account
        self.run = run
        self.is_cut = False  # a listing went in circles and was left
        self.pages = 0  # read by this process; tells progress from standing still
        self._platform = platform
        self._call = Caller(account)
        self._poked_at = 0.0
        self._met: set[str] = set()  # what was known before and is still listed
        self._reached: dict[str, datetime] = {}  # by stream: how far back a whole pass went

    def read(self) -> None:
        """Read everything that is due, newest first."""
        began_at = timezone.now()
        is_due = self._is_profile_due()
        if is_due:
            self._read_profile()
            self._read_posts()
        if is_due or self.run.wish:
            self._expect()
        if self.run.wish != SyncRun.Wish.POSTS:
            self._read_all_comments(began_at)
        # A comment may be faster than the listing of posts: its post then has no title yet.
        if Post.objects.filter(
            account=self.account, published_at=None, seen_at__gte=began_at
        ).exists():
            self._read_posts()

    # --- account and posts -----------------------------------------------------------------------

    def _is_profile_due(self) -> bool:
        posts = self._cursor("posts")
        is_fresh = posts.passed_at and posts.passed_at > timezone.now() - PROFILE_EVERY
        return bool(posts.cursor) or not is_fresh

    def _read_profile(self) -> None:
        self.run.stage = "account"
        observed_at = timezone.now()
        found = self._call(self._platform.fetch_account)
        with self._page():
            ingest_account(account=self.account, found=found, observed_at=observed_at)

    def _read_posts(self) -> None:
        uploads_id = self.account.uploads_id

        def fetch(cursor: str | None) -> Page[RemotePost]:
            return self._call(lambda access: self._platform.posts(access, uploads_id, cursor))

        def keep(page: Page[RemotePost], observed_at: datetime) -> Kept:
            new = ingest_posts(account=self.account, items=page.items, observed_at=observed_at)
            self.run.posts_seen += len(page.items)
            return Kept(new, [item.created_at for item in page.items])

        if not uploads_id:
            return
        try:
            self._walk("posts", fetch, keep)
        except PlatformError as error:
            # A channel that never published anything has no list of uploads.
            if error.kind is not ErrorKind.NOT_FOUND:
                raise

    def _expect(self) -> None:
        if self.run.wish:
            if self.run.comments_expected is None:
                self.run.comments_expected = expected_comments(self.run)
                self.run.save(update_fields=["comments_expected"])
            return
        # Only a first reading sees all comments, so only then the platform's totals are a goal.
        heard = SyncCursor.objects.filter(account=self.account).exclude(stream="posts")
        if self.run.comments_expected is None and not heard.exclude(watermark=None).exists():
            total = Post.objects.filter(account=self.account).aggregate(n=Sum("comment_count"))["n"]
            self.run.comments_expected = min(total, 2_147_483_647) if total else None
            self.run.save(update_fields=["comments_expected"])

    # --- comments --------------------------------------------------------------------------------

    def _read_all_comments(self, began_at: datetime) -> None:
        granted = self._platform.capabilities_for(self.account.scopes_granted)
        if granted[Cap.COMMENTS_READ].state != "yes":
            return  # this connection brings posts and counters only, and its page says so
        if self._platform.comments_by == "account":
            for bucket in self._platform.buckets:
                if self._is_wanted(bucket.value):
                    self._read_comments(bucket, bucket.value)
            self._look_for_vanished(began_at, [bucket.value for bucket in self._platform.buckets])
            return
        for post in due_posts(self.account):
            for bucket in self._platform.buckets:
                self._read_comments(bucket, stream_of(post), post)
            self._look_for_vanished(began_at, [stream_of(post)], post)

    def _is_wanted(self, stream: str) -> bool:
        """A routine wants every listing; a wish those that it gave up and has not finished yet."""
        return not self.run.wish or self._cursor(stream).passed_at is None

    def _read_comments(self, bucket: Bucket, stream: str, post: Post | None = None) -> None:
        channel, post_id = self.account.external_id, post.external_id if post else ""

        def fetch(cursor: str | None) -> Page[RemoteComment]:
            return self._call(
                lambda access: self._platform.comments(
                    access, channel, bucket, cursor, post_id=post_id
                )
            )

        # One post may be gone, or closed; that is no reason to stop the rest.
        quiet = {ErrorKind.COMMENTS_DISABLED, *([ErrorKind.NOT_FOUND] if post else [])}
        try:
            self._walk(stream, fetch, self._keep_comments)
        except PlatformError as error:
            if error.kind not in quiet:
                raise
            now = timezone.now()
            SyncCursor.objects.filter(account=self.account, stream=stream).update(
                passed_at=now, cursor=""
            )

    def _keep_comments(self, page: Page[RemoteComment], observed_at: datetime) -> Kept:
        done = ingest_comments(account=self.account, items=page.items, observed_at=observed_at)
        self._met |= done.met
        self.run.comments_seen += done.seen
        self.run.comments_new += len(done.new_ids)
        tops = [item.created_at for item in page.items if item.parent_id is None]
        return Kept(len(done.new_ids), tops)

    def _read_replies(self, page: Page[RemoteComment]) -> None:
        """The replies that came not along with their threads, before the cursor moves past them."""
        stored = dict(
            Comment.objects.filter(
                account=self.account,
                parent_external_id__in=[ref.parent_id for ref in page.incomplete],
            )
            .exclude(visibility=Comment.Visibility.DELETED)
            .values_list("parent_external_id")
            .annotate(n=Count("pk"))
        )
        for ref in page.incomplete:
            if ref.total is None or stored.get(ref.parent_id, 0) < ref.total:
                self._read_thread(ref.parent_id, ref.post_id)

    def _read_thread(self, parent_id: str, post_id: str) -> None:
        cursor: str | None = None
        for _ in range(REPLY_PAGES):
            observed_at = timezone.now()
            try:
                page = self._call(
                    partial(
                        self._platform.replies,
                        parent_id=parent_id,
                        cursor=cursor,
                        post_id=post_id,
                    )
                )
            except PlatformError as error:
                # A thread may vanish between two calls; that is no reason to stop the rest.
                if error.kind in {ErrorKind.NOT_FOUND, ErrorKind.CURSOR_INVALID}:
                    return
                raise
            with self._page():
                self._keep_comments(page, observed_at)
            if page.next_cursor is None or page.next_cursor == cursor:
                return
            cursor = page.next_cursor

    def _look_for_vanished(
        self, began_at: datetime, streams: list[str], post: Post | None = None
    ) -> None:
        """Once a day: what every listing of the same run left out is asked for by its id."""
        if not set(streams) <= set(self._reached):
            return
        ids = missing_ids(
            account=self.account,
            seen=self._met,
            since=max(self._reached[stream] for stream in streams),
            before=began_at,
            post=post,
        )
        if not ids:
            return
        post_id = post.external_id if post else ""
        gone, asked_at = gone_ids(
            ids=ids,
            ask=lambda some: self._call(
                lambda access: self._platform.comment_states(access, some, post_id=post_id)
            ),
        )
        with self._page():
            if mark_deleted(account=self.account, ids=gone, asked_at=asked_at):
                live.poke("inbox")

    # --- the walk over one listing ---------------------------------------------------------------

    def _walk(self, stream: str, fetch: Fetch[Item], keep: Keep[Item]) -> None:
        """Bring a listing to its end, wherever it was left; restart it when its place is lost."""
        self.run.stage = stream
        row = self._cursor(stream)
        if row.cursor and row.pass_newest_at:
            # The pass was interrupted, maybe for a day: what came in since is read first.
            self._catch_up(row, fetch, keep)
        for attempt in range(RESTARTS + 1):
            try:
                self._finish_pass(row, fetch, keep)
            except PlatformError as error:
                if error.kind is not ErrorKind.CURSOR_INVALID or attempt == RESTARTS:
                    raise
                row.cursor = ""
                row.save(update_fields=["cursor", "updated_at"])
            else:
                return

    def _catch_up(self, row: SyncCursor, fetch: Fetch[Item], keep: Keep[Item]) -> None:
        newest = row.pass_newest_at or timezone.now()
        floor = newest - OVERLAP
        cursor, seen = None, set[str]()
        for _ in range(STALLED_PAGES + row.pass_pages):
            kept, cursor = self._read_page(fetch, keep, cursor)
            newest = max([newest, *kept.times])
            if cursor is None or cursor in seen or kept.reaches_known(floor):
                break
            seen.add(cursor)
        row.pass_newest_at = newest
        row.save(update_fields=["pass_newest_at", "updated_at"])

    def _finish_pass(self, row: SyncCursor, fetch: Fetch[Item], keep: Keep[Item]) -> None:
        is_again = bool(self.run.wish) and row.passed_at is None
        is_deep, floor = (True, None) if is_again else depth_of(row)
        since = self.run.since if is_again else None
        is_whole = is_deep and not row.cursor
        patience = STALLED_PAGES + row.pass_pages  # a restarted pass walks known pages first
        stalled, seen = 0, set[str]()
        cursor = row.cursor or None
        while True:
            oldest = row.pass_oldest_at
            kept, cursor = self._read_page(fetch, keep, cursor, row)
            stalled = 0 if kept.new or row.pass_oldest_at != oldest else stalled + 1
            if cursor is None or kept.reaches_known(floor) or kept.is_before(since):
                if is_whole:
                    self._reached[row.stream] = reach_of(row, cursor)
                break
            # The same place twice may be a bad moment; without anything new it is a circle.
            if (cursor in seen and stalled >= CIRCLES) or stalled > patience:
                self.is_cut = True
                logger.warning(
                    "listing %s of account %s repeats itself", row.stream, row.account_id
                )
                break
            seen.add(cursor)
        now = timezone.now()
        row.watermark = row.pass_newest_at or row.watermark
        row.cursor, row.pass_newest_at, row.pass_oldest_at, row.pass_pages = "", None, None, 0
        row.passed_at = now
        row.deepened_at = now if is_deep else row.deepened_at
        row.save()

    def _read_page(
        self,
        fetch: Fetch[Item],
        keep: Keep[Item],
        cursor: str | None,
        row: SyncCursor | None = None,
    ) -> tuple[Kept, str | None]:
        """Read and keep one page; with `row`, the cursor moves in the same transaction."""
        read = self.pages if self.run.wish else self.run.pages_read
        if read >= settings.SYNC_PAGE_LIMIT:
            raise PageLimit
        observed_at = timezone.now()
        page = fetch(cursor)
        if page.incomplete:
            self._read_replies(cast("Page[RemoteComment]", page))
        with self._page():
            kept = keep(page, observed_at)
            if row is not None:
                move(row, kept, page.next_cursor)
        return kept, page.next_cursor

    @contextmanager
    def _page(self) -> Iterator[None]:
        """One transaction that counts only while the job and the run are still ours."""
        with transaction.atomic():
            outbox.extend_lease()
            run = (
                SyncRun.objects.select_for_update(of=("self",), no_key=True)
                .select_related("account")
                .get(pk=self.run.pk)
            )
            is_gone = run.account.status == SocialAccount.Status.DISCONNECTED
            if run.is_cancel_requested or run.state != SyncRun.State.RUNNING or is_gone:
                raise Cancelled
            if not self.pages:
                record_success(account=self.account)
            yield
            self.run.pages_read += 1
            self.run.save(update_fields=[*_COUNTERS])
            if time.monotonic() - self._poked_at >= POKE_SECONDS:
                live.poke("sync")
                self._poked_at = time.monotonic()
        self.pages += 1

    def _cursor(self, stream: str) -> SyncCursor:
        return SyncCursor.objects.get_or_create(account=self.account, stream=stream)[0]
