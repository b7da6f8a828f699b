"""What is read from a channel: itself, its uploads, its comments and where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from integrations.platforms.answers import parsed
from integrations.platforms.base import (
    Bucket,
    ErrorKind,
    Page,
    PlatformError,
    RemoteAccount,
    RemoteComment,
    RemotePost,
    ThreadRef,
    Visibility,
)
from integrations.platforms.live import is_live
from integrations.platforms.youtube import parse, readback
from integrations.platforms.youtube.calls import Calls, at_page, items_of, next_of
from integrations.platforms.youtube.errors import NO_CHANNEL

_STATUS = {Bucket.PUBLISHED: "published", Bucket.HELD: "heldForReview", Bucket.SPAM: "likelySpam"}
MAX_IDS = 50  # ids in one videos.list, comments.list or setModerationStatus call


class Reading(Calls):
    """The reading half of `Platform`."""

    def fetch_account(self, access: str) -> RemoteAccount:
        """The channel behind the token (channels.list mine=true); NOT_FOUND when there is none."""
        body = self.get(
            access, "channels", {"part": "snippet,statistics,contentDetails", "mine": "true"}
        )
        items = items_of(body)
        if not items:
            raise PlatformError(ErrorKind.NOT_FOUND, NO_CHANNEL, detail="no channel")
        return parsed(parse.account, items[0])

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """50 uploads with their counters: playlistItems.list, then one videos.list (2 units).

        A channel that never uploaded has no uploads playlist at all: that is an empty page.
        """
        params = {
            "part": "snippet,contentDetails,status",
            "playlistId": uploads_id,
            "maxResults": "50",
        }
        try:
            body = self.get(access, "playlistItems", at_page(params, cursor))
        except PlatformError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return Page(())
            raise
        entries = items_of(body)
        ids = [str(entry.get("contentDetails", {}).get("videoId", "")) for entry in entries]
        videos: dict[str, dict[str, Any]] = {}
        if ids:
            found = self.get(
                access, "videos", {"part": "snippet,statistics,status", "id": ",".join(ids)}
            )
            videos = {str(video.get("id")): video for video in items_of(found)}
        posts = tuple(
            parsed(parse.post, entry, videos.get(video_id))
            for entry, video_id in zip(entries, ids, strict=True)
        )
        return Page(posts, next_of(body))

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """100 threads of all videos of the channel, newest thread first, replies included.

        The order follows the top comments: a new reply does not move its thread up. Threads with
        more replies than were sent along are named in `incomplete`. `rejected` has no listing.
        """
        bucket = Bucket(bucket)
        page = self._threads(access, {"allThreadsRelatedToChannelId": channel_id}, bucket, cursor)
        if bucket is Bucket.PUBLISHED:
            return page
        # A public thread is here for one reply only; the published listing answers for the rest.
        public = {item.id for item in page.items if item.visibility is Visibility.PUBLIC}
        incomplete = tuple(ref for ref in page.incomplete if ref.parent_id not in public)
        return replace(page, incomplete=incomplete)

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """100 published replies of a thread (comments.list parentId).

        The answer does not name the video: pass `post_id` to get it and a permalink.
        """
        params = {
            "part": "snippet",
            "parentId": parent_id,
            "maxResults": "100",
            "textFormat": "plainText",
        }
        body = self.get(access, "comments", at_page(params, cursor))
        return Page(
            tuple(
                parsed(
                    parse.comment,
                    item,
                    post_id=post_id,
                    parent_id=parent_id,
                    fallback=Visibility.PUBLIC,
                )
                for item in items_of(body)
            ),
            next_of(body),
        )

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what comments.list still returns for it, 50 ids per unit.

        Answers "does it still exist, has it changed". moderationStatus is never set for the id
        filter, so the visibility of what exists is UNKNOWN: see `read_visibility`.
        """
        # A live chat is not asked by id: its messages are left out.
        states: dict[str, RemoteComment | None] = dict.fromkeys(i for i in ids if not is_live(i))
        wanted = list(states)
        for start in range(0, len(wanted), MAX_IDS):
            for found in self._by_id(access, wanted[start : start + MAX_IDS]):
                states[found.id] = found
        return states

    def read_visibility(
        self,
        access: str,
        *,
        post_id: str,
        comment_id: str,
        parent_id: str | None = None,
        created_at: datetime | None = None,
        expect: Visibility | None = None,
    ) -> Visibility | None:
        """Where a comment stands, deduced from the listings of its video.

        There is no direct question: moderationStatus is not set when asking by id, and rejected
        comments are in no listing. So: found in a listing = that status; in no listing but still
        returned by id = REJECTED; returned nowhere = DELETED, which a rejection may look like
        (see `confirms`). None when a listing was longer than the page budget. `created_at` stops
        the walk early, `expect` chooses the listing that is read first. 1 to about 30 units.
        """
        order = [Bucket.HELD, Bucket.SPAM, Bucket.PUBLISHED]
        if expect is Visibility.PUBLIC:
            order.reverse()
        certain = True
        for bucket in order:
            if bucket is Bucket.PUBLISHED and parent_id:
                look = readback.in_replies(
                    partial(self.replies, access, parent_id), comment_id=comment_id
                )
            else:
                look = readback.in_threads(
                    partial(self._threads, access, {"videoId": post_id}, bucket),
                    bucket,
                    comment_id=comment_id,
                    parent_id=parent_id,
                    created_at=created_at,
                )
            if look.seen is not None:
                return look.seen
            certain = certain and look.whole
        if not certain:
            return None
        known = self.comment_states(access, [comment_id])[comment_id]
        return Visibility.DELETED if known is None else Visibility.REJECTED

    # --- inside -----------------------------------------------------------------------------------

    def _threads(
        self, access: str, scope: Mapping[str, str], bucket: Bucket, cursor: str | None = None
    ) -> Page[RemoteComment]:
        params = {
            "part": "snippet,replies",
            "order": "time",
            "maxResults": "100",
            "textFormat": "plainText",
            "moderationStatus": _STATUS[bucket],
            **scope,
        }
        body = self.get(access, "commentThreads", at_page(params, cursor))
        found: list[RemoteComment] = []
        incomplete: list[ThreadRef] = []
        for item in items_of(body):
            comments, missing = parsed(parse.thread, item, bucket)
            found += comments
            if missing:
                incomplete.append(missing)
        return Page(tuple(found), next_of(body), tuple(incomplete))

    def _by_id(self, access: str, ids: Sequence[str]) -> list[RemoteComment]:
        params = {"part": "snippet", "id": ",".join(ids), "textFormat": "plainText"}
        try:
            body = self.get(access, "comments", params)
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            if len(ids) == 1:
                return []
            # commentNotFound is documented for "one or more" of the ids: halve to find which.
            middle = len(ids) // 2
            return self._by_id(access, ids[:middle]) + self._by_id(access, ids[middle:])
        return [parsed(parse.comment, item) for item in items_of(body)]
