"""The YouTube adapter: one channel's videos and comments, read and moderated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar

from integrations.platforms.base import (
    ActionResult,
    Bucket,
    Cap,
    ErrorKind,
    Page,
    PlatformError,
    RatePolicy,
    RemoteAccount,
    RemoteComment,
    RemotePost,
    Support,
    ThreadRef,
    TokenSet,
    UnknownOutcome,
    Visibility,
    walk_pages,
)
from integrations.platforms.client import GARBLED, Call, Client, Reply
from integrations.platforms.webhooks import NoWebhooks
from integrations.platforms.youtube import parse, readback
from integrations.platforms.youtube.capabilities import CAPABILITIES
from integrations.platforms.youtube.errors import NO_CHANNEL, REFUSED_INPUT, classify_api
from integrations.platforms.youtube.oauth import FORCE_SSL, READONLY, SCOPES, GoogleOAuth

Parsed = TypeVar("Parsed")

_STATUS = {Bucket.PUBLISHED: "published", Bucket.HELD: "heldForReview", Bucket.SPAM: "likelySpam"}
_SETTABLE = {
    Visibility.PUBLIC: "published",
    Visibility.HELD: "heldForReview",
    Visibility.REJECTED: "rejected",
}
MAX_IDS = 50  # ids in one videos.list, comments.list or setModerationStatus call


class YouTube(NoWebhooks):
    """`Platform` for YouTube (developers.google.com/youtube/v3/docs). Base addresses are values."""

    kind = "youtube"
    label = "YouTube"
    scopes: tuple[str, ...] = SCOPES
    rate = RatePolicy(
        daily_units=10_000,
        read_units=1,
        write_units=50,
        write_batch=MAX_IDS,
        reset_zone="America/Los_Angeles",
    )
    capabilities: Mapping[Cap, Support] = CAPABILITIES
    buckets: tuple[Bucket, ...] = tuple(Bucket)
    comments_by: Literal["account", "post"] = "account"
    renew_ahead = timedelta(minutes=10)
    revoked_by: Literal["access", "refresh"] = "refresh"
    reply_max = 10_000

    def __init__(
        self,
        *,
        http: Client,
        base_urls: Mapping[str, str],
        client_id: str,
        client_secret: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`base_urls` has the keys google_auth, google_token and youtube."""
        self._http = http
        self._api = base_urls["youtube"].rstrip("/")
        self._now = now
        self._oauth = GoogleOAuth(
            http=http,
            auth_url=base_urls["google_auth"].rstrip("/"),
            token_url=base_urls["google_token"].rstrip("/"),
            client_id=client_id,
            client_secret=client_secret,
            now=now,
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """The requested scopes not covered; force-ssl includes everything readonly allows."""
        covered = set(granted)
        if FORCE_SSL in covered:
            covered.add(READONLY)
        return tuple(scope for scope in SCOPES if scope not in covered)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities`, with "needs_scope" where the person withheld a permission."""
        missing = self.missing_scopes(granted)
        return {
            cap: replace(support, state="needs_scope")
            if support.state == "yes" and support.scope in missing
            else support
            for cap, support in CAPABILITIES.items()
        }

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Google's consent page for our scopes."""
        return self._oauth.authorize_url(state, challenge, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Tokens for a fresh code; INVALID when the code is used, expired or of another flow."""
        return self._oauth.exchange(code, verifier, redirect_uri)

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access token (`refresh` stays None: Google keeps the old one valid)."""
        return self._oauth.refresh(refresh_token)

    def revoke(self, token: str) -> None:
        """End the grant of this access or refresh token."""
        self._oauth.revoke(token)

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The channel behind the token (channels.list mine=true); NOT_FOUND when there is none."""
        body = self._get(
            access, "channels", {"part": "snippet,statistics,contentDetails", "mine": "true"}
        )
        items = _items(body)
        if not items:
            raise PlatformError(ErrorKind.NOT_FOUND, NO_CHANNEL, detail="no channel")
        return _parsed(parse.account, items[0])

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
            body = self._get(access, "playlistItems", _at(params, cursor))
        except PlatformError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return Page(())
            raise
        entries = _items(body)
        ids = [str(entry.get("contentDetails", {}).get("videoId", "")) for entry in entries]
        videos: dict[str, dict[str, Any]] = {}
        if ids:
            found = self._get(
                access, "videos", {"part": "snippet,statistics,status", "id": ",".join(ids)}
            )
            videos = {str(video.get("id")): video for video in _items(found)}
        posts = tuple(
            _parsed(parse.post, entry, videos.get(video_id))
            for entry, video_id in zip(entries, ids, strict=True)
        )
        return Page(posts, _next(body))

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
        body = self._get(access, "comments", _at(params, cursor))
        return Page(
            tuple(
                _parsed(
                    parse.comment,
                    item,
                    post_id=post_id,
                    parent_id=parent_id,
                    fallback=Visibility.PUBLIC,
                )
                for item in _items(body)
            ),
            _next(body),
        )

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what comments.list still returns for it, 50 ids per unit.

        Answers "does it still exist, has it changed". moderationStatus is never set for the id
        filter, so the visibility of what exists is UNKNOWN: see `read_visibility`.
        """
        states: dict[str, RemoteComment | None] = dict.fromkeys(ids)
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

    # --- acting ----------------------------------------------------------------------------------

    def set_visibility(
        self,
        access: str,
        ids: Sequence[str],
        visibility: Visibility,
        *,
        ban_author: bool = False,
        post_id: str = "",
    ) -> ActionResult:
        """comments.setModerationStatus for up to 50 ids: 50 units whatever their number.

        All or nothing on YouTube's side. "done" means accepted, not yet visible: read back.
        A rejected comment can never be published again; `ban_author` goes with REJECTED only and
        rejects everything that author writes on the channel from then on.
        """
        visibility = Visibility(visibility)
        if (
            not 1 <= len(ids) <= MAX_IDS
            or visibility not in _SETTABLE
            or (ban_author and visibility is not Visibility.REJECTED)
        ):
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        params = {"id": ",".join(ids), "moderationStatus": _SETTABLE[visibility]}
        if ban_author:
            params["banAuthor"] = "true"
        call = Call(
            "POST", f"{self._api}/comments/setModerationStatus", params=params, access=access
        )
        try:
            self._http.write(call, self._refused)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        return ActionResult("done")

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """comments.insert below a top-level comment, 50 units. Never sent twice from here."""
        call = Call(
            "POST",
            f"{self._api}/comments",
            params={"part": "snippet"},
            json_body={"snippet": {"parentId": parent_id, "textOriginal": text}},
            access=access,
        )
        try:
            answer = self._http.write(call, self._refused)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        try:
            body = answer.json()
        except PlatformError as error:
            return ActionResult("unknown", error.message)  # accepted, but its id was lost
        return ActionResult("done", remote_id=str(body.get("id", "")) or None)

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of the channel's own reply with this text, published since then (minus a minute)."""
        earliest = since - timedelta(minutes=1)  # their clock and ours may differ a little
        for page in walk_pages(
            lambda cursor: self.replies(access, parent_id, cursor),
            max_pages=readback.PUBLISHED_PAGES,
        ):
            for item in page.items:
                if item.is_own and item.created_at >= earliest and _same(item.text, text):
                    return item.id
        return None

    # --- inside ----------------------------------------------------------------------------------

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
        body = self._get(access, "commentThreads", _at(params, cursor))
        found: list[RemoteComment] = []
        incomplete: list[ThreadRef] = []
        for item in _items(body):
            comments, missing = _parsed(parse.thread, item, bucket)
            found += comments
            if missing:
                incomplete.append(missing)
        return Page(tuple(found), _next(body), tuple(incomplete))

    def _by_id(self, access: str, ids: Sequence[str]) -> list[RemoteComment]:
        params = {"part": "snippet", "id": ",".join(ids), "textFormat": "plainText"}
        try:
            body = self._get(access, "comments", params)
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            if len(ids) == 1:
                return []
            # commentNotFound is documented for "one or more" of the ids: halve to find which.
            middle = len(ids) // 2
            return self._by_id(access, ids[:middle]) + self._by_id(access, ids[middle:])
        return [_parsed(parse.comment, item) for item in _items(body)]

    def _get(self, access: str, resource: str, params: Mapping[str, str]) -> dict[str, Any]:
        call = Call("GET", f"{self._api}/{resource}", params=params, access=access)
        return self._http.read(call, self._refused)

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_api(reply, self._now())


def _items(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = body.get("items", [])  # left out when a list is empty
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="items is not a list of objects")
    return items


def _next(body: Mapping[str, Any]) -> str | None:
    token = body.get("nextPageToken")
    return str(token) if token else None


def _at(params: Mapping[str, str], cursor: str | None) -> dict[str, str]:
    return {**params, "pageToken": cursor} if cursor else dict(params)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _parsed(function: Callable[..., Parsed], *args: Any, **kwargs: Any) -> Parsed:
    """Run a parser; a resource without its promised fields is an unreadable answer."""
    try:
        return function(*args, **kwargs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlatformError(
            ErrorKind.TRANSIENT, GARBLED, detail=f"{type(error).__name__} in a resource"
        ) from error
