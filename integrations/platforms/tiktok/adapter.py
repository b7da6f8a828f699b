"""The TikTok adapter: one account's videos, counters and comments, read and moderated."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from integrations.platforms.answers import own_reply, parsed
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
    Visibility,
    walk_pages,
)
from integrations.platforms.client import Client
from integrations.platforms.tiktok import capabilities, parse, webhooks
from integrations.platforms.tiktok.calls import (
    Calls,
    items_of,
    next_of,
    paged,
    with_fields,
)
from integrations.platforms.tiktok.credential import Credential, unpacked
from integrations.platforms.tiktok.errors import DISPLAY_ONLY, REFUSED_INPUT
from integrations.platforms.tiktok.oauth import BUSINESS_SCOPES, Registration, TikTokOAuth
from integrations.platforms.webhooks import Delivery, PlatformEvent

MAX_IDS = 30  # comment_ids of one comment/list call
REPLY_PAGES = 20  # of 30 replies, when one of them is looked for
MAX_TEXT = 150  # characters of a comment

_ACCOUNT = ("username", "display_name", "profile_image", "followers_count", "is_business_account")
_VIDEO = (
    "item_id", "media_type", "create_time", "caption", "thumbnail_url", "share_url", "likes",
    "comments", "shares", "video_views",
)  # fmt: skip
_VIDEO_INSIGHTS = ("favorites", "reach")
_DISPLAY_USER = (
    "open_id", "avatar_url", "display_name", "username", "follower_count", "likes_count",
    "video_count",
)  # fmt: skip
_DISPLAY_VIDEO = (
    "id", "create_time", "cover_image_url", "share_url", "video_description", "title",
    "like_count", "comment_count", "share_count", "view_count",
)  # fmt: skip
_ACTIONS = {Visibility.HELD: "HIDE", Visibility.PUBLIC: "UNHIDE"}


class TikTok:
    """`Platform` for TikTok. A connection goes through one of the operator's two apps.

    The API for Business has comments; the Display API has profile and videos only, and says so
    in `capabilities_for`. Tokens carry their app and account (`credential`).
    """

    kind = "tiktok"
    label = "TikTok"
    scopes: tuple[str, ...] = BUSINESS_SCOPES
    rate = RatePolicy(
        daily_units=864_000, read_units=1, write_units=1, write_batch=1, reset_zone="UTC"
    )
    buckets: tuple[Bucket, ...] = (Bucket.PUBLISHED,)  # hidden comments are in it, and marked
    comments_by: Literal["account", "post"] = "post"
    answers_below: Literal["thread", "comment"] = "thread"
    renew_ahead = timedelta(minutes=10)
    revoked_by: Literal["access", "refresh"] = "access"
    reply_max = MAX_TEXT

    def __init__(
        self,
        *,
        http: Client,
        base_urls: Mapping[str, str],
        business_id: str = "",
        business_secret: str = "",
        display_key: str = "",
        display_secret: str = "",
        webhook_seconds: int = 300,
        allow_stale: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`base_urls` has the keys tiktok_auth, tiktok_open and tiktok_business."""
        open_url = base_urls["tiktok_open"].rstrip("/")
        business_url = base_urls["tiktok_business"].rstrip("/")
        self._http = http
        self._calls = Calls(http=http, open_url=open_url, business_url=business_url, now=now)
        self._now = now
        self._secrets = [secret for secret in (business_secret, display_secret) if secret]
        self._window = timedelta(seconds=webhook_seconds)
        self._allow_stale = allow_stale
        self._oauth = TikTokOAuth(
            http=http,
            auth_url=base_urls["tiktok_auth"].rstrip("/"),
            open_url=open_url,
            business_url=business_url,
            business=Registration(business_id, business_secret),
            display=Registration(display_key, display_secret),
            now=now,
        )
        self.capabilities: Mapping[Cap, Support] = (
            capabilities.DISPLAY_CAPABILITIES
            if display_key and not business_id
            else capabilities.CAPABILITIES
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """What reading cannot do without, of the app that the grant is for."""
        return capabilities.missing_scopes(granted)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """What this connection can do, with "needs_scope" where a permission was withheld."""
        return capabilities.capabilities_for(granted)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """TikTok's consent page for the better of the two apps."""
        return self._oauth.authorize_url(state, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Tokens for a fresh code; INVALID when the code is used, expired or of another flow."""
        return self._oauth.exchange(code, redirect_uri)

    def refresh(self, refresh_token: str) -> TokenSet:
        """New access and refresh tokens: the old refresh token is dead from here on."""
        return self._oauth.refresh(refresh_token)

    def revoke(self, token: str) -> None:
        """End the grant of this access token."""
        self._oauth.revoke(token)

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The account behind the token: business/get, or user/info of the Display API."""
        held = unpacked(access)
        if held.app == "business":
            data = with_fields(
                _ACCOUNT,
                ("display_name", "profile_image"),
                lambda fields: self._calls.get(
                    held, "business/get", {"fields": json.dumps(fields)}
                ),
            )
            return parsed(parse.business_account, held.open_id, data)
        data = with_fields(
            _DISPLAY_USER,
            ("open_id", "avatar_url", "display_name"),
            lambda fields: self._calls.display(held, "user/info", fields),
        )
        return parsed(parse.display_account, held.open_id, data.get("user"))

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """20 videos with their counters, newest first; the cursor is a time in milliseconds."""
        held = unpacked(access)
        if held.app == "business":
            at = {"cursor": cursor} if cursor else {}
            data = with_fields(
                (*_VIDEO, *_VIDEO_INSIGHTS),
                _VIDEO,
                lambda fields: self._calls.get(
                    held,
                    "business/video/list",
                    {"fields": json.dumps(fields), "max_count": "20", **at},
                ),
            )
            read = parse.business_post
        else:
            body = {"max_count": 20, **({"cursor": int(cursor)} if cursor else {})}
            data = self._calls.display(held, "video/list", _DISPLAY_VIDEO, body)
            read = parse.display_post
        return Page(tuple(parsed(read, one) for one in items_of(data, "videos")), next_of(data))

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """30 threads of one video, newest first, hidden ones included; three replies along.

        TikTok's own order is random, and of more than 500 comments only the first 500 follow the
        one asked for; the rest may repeat.
        """
        Bucket(bucket)
        data = self._calls.get(
            self._heard(access),
            "business/comment/list",
            paged(
                {
                    "video_id": post_id,
                    "status": "ALL",
                    "sort_field": "create_time",
                    "sort_order": "desc",
                    "include_replies": "true",
                    "max_count": "30",
                },
                cursor,
            ),
        )
        found: list[RemoteComment] = []
        incomplete: list[ThreadRef] = []
        for item in items_of(data, "comments"):
            comments, missing = parsed(parse.thread, item)
            found += comments
            if missing:
                incomplete.append(missing)
        return Page(tuple(found), next_of(data), tuple(incomplete))

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """30 replies of a thread, newest first; TikTok wants the video named, too."""
        data = self._calls.get(
            self._heard(access),
            "business/comment/reply/list",
            paged(
                {
                    "video_id": post_id,
                    "comment_id": parent_id,
                    "status": "ALL",
                    "sort_field": "create_time",
                    "sort_order": "desc",
                    "max_count": "30",
                },
                cursor,
            ),
        )
        read = partial(parse.comment, parent_id=parent_id)
        return Page(tuple(parsed(read, one) for one in items_of(data, "comments")), next_of(data))

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what TikTok still lists for it: 30 top comments a call, or one thread."""
        states: dict[str, RemoteComment | None] = dict.fromkeys(ids)
        try:
            if parent_id:
                return self._among_replies(access, states, parent_id, post_id)
            wanted = list(states)
            for start in range(0, len(wanted), MAX_IDS):
                some = wanted[start : start + MAX_IDS]
                states |= {one.id: one for one in self._by_id(access, some, post_id)}
        except PlatformError as error:
            # The video is gone, and everything below it.
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
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
        """Where a comment stands, asked by its id: never taken from the answer to a write."""
        states = self.comment_states(
            access, [comment_id], post_id=post_id, parent_id=parent_id or ""
        )
        if comment_id not in states:
            return None
        seen = states[comment_id]
        return seen.visibility if seen else Visibility.DELETED

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
        """comment/hide for one comment. "done" means accepted: an UNHIDE may do nothing."""
        action = _ACTIONS.get(Visibility(visibility))
        if len(ids) != 1 or action is None or ban_author:
            raise PlatformError(ErrorKind.UNSUPPORTED, REFUSED_INPUT, detail="moderation arguments")
        fields = {"video_id": post_id, "comment_id": ids[0], "action": action}
        return self._calls.write(self._heard(access), "business/comment/hide", fields)[0]

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """comment/reply/create below a top comment. Never sent twice from here."""
        fields = {"video_id": post_id, "comment_id": parent_id, "text": text}
        result, data = self._calls.write(
            self._heard(access), "business/comment/reply/create", fields
        )
        if result.outcome == "unknown" or not data.get("comment_id"):
            return result
        return ActionResult("done", remote_id=parsed(parse.number, data["comment_id"]))

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of the account's own reply with this text, written since then (minus a minute)."""
        return own_reply(
            lambda cursor: self.replies(access, parent_id, cursor, post_id=post_id),
            text,
            since=since,
            max_pages=REPLY_PAGES,
        )

    # --- webhooks --------------------------------------------------------------------------------

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """TikTok shakes no hands: the address is set in its portal."""
        return None

    def register_webhook(self, address: str) -> None:
        """Have comments announced there, for the operator's whole app."""
        self._oauth.register_webhook(address)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> Delivery:
        """Signed by one of our two apps, within the window."""
        return webhooks.verify(
            headers,
            raw,
            secrets=self._secrets,
            now=self._now(),
            window=self._window,
            allow_stale=self._allow_stale,
        )

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """comment.update and authorization.removed; other events are nothing to Aura."""
        return webhooks.parse(raw)

    # --- inside ----------------------------------------------------------------------------------

    def _heard(self, access: str) -> Credential:
        held = unpacked(access)
        if held.app != "business":
            raise PlatformError(ErrorKind.UNSUPPORTED, DISPLAY_ONLY, detail="display app")
        return held

    def _by_id(self, access: str, ids: Sequence[str], post_id: str) -> list[RemoteComment]:
        params = {
            "video_id": post_id,
            "comment_ids": json.dumps(ids),
            "status": "ALL",
            "max_count": "30",
        }

        def fetch(cursor: str | None) -> Page[RemoteComment]:
            data = self._calls.get(
                self._heard(access), "business/comment/list", paged(params, cursor)
            )
            items = (parsed(parse.comment, one) for one in items_of(data, "comments"))
            return Page(tuple(items), next_of(data))

        return [one for page in walk_pages(fetch, max_pages=5) for one in page.items]

    def _among_replies(
        self,
        access: str,
        states: dict[str, RemoteComment | None],
        parent_id: str,
        post_id: str,
    ) -> dict[str, RemoteComment | None]:
        page: Page[RemoteComment] = Page(())
        for page in walk_pages(
            lambda cursor: self.replies(access, parent_id, cursor, post_id=post_id),
            max_pages=REPLY_PAGES,
        ):
            states |= {one.id: one for one in page.items if one.id in states}
            if None not in states.values():
                return states
        if page.exhausted:
            return states
        return {one: found for one, found in states.items() if found}
