"""The Twitch adapter: one channel's recordings and figures, its chat's words, and moderation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from integrations.platforms.answers import parsed
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
    TokenSet,
    UnknownOutcome,
    Visibility,
)
from integrations.platforms.client import Call, Client, Reply
from integrations.platforms.grants import within_grant
from integrations.platforms.live import LIVE
from integrations.platforms.twitch import parse
from integrations.platforms.twitch.answers import items_of
from integrations.platforms.twitch.capabilities import CAPABILITIES
from integrations.platforms.twitch.errors import (
    DROPPED,
    IS_BANNED,
    NO_COMMENTS,
    REFUSED_INPUT,
    REVOKED,
    classify,
)
from integrations.platforms.twitch.oauth import CHAT_READ, FOLLOWERS, SCOPES, TwitchOAuth
from integrations.platforms.webhooks import NoWebhooks, PlatformEvent

MAX_TEXT = 500
LONGEST_TIMEOUT = timedelta(weeks=2)
# What a session listens to. The first one is the chat: it must be there in ten seconds.
EVENTS = (parse.MESSAGE, parse.DELETION, "stream.online", "stream.offline")


class Twitch(NoWebhooks):
    """`Platform` for Twitch (dev.twitch.tv/docs/api). A chat cannot be asked for: it is heard.

    Messages arrive over EventSub (`eventsub`); what an event says is all there will ever be.
    """

    kind = "twitch"
    label = "Twitch"
    scopes: tuple[str, ...] = SCOPES
    rate = RatePolicy(
        daily_units=1_152_000, read_units=1, write_units=1, write_batch=1, reset_zone="UTC"
    )
    capabilities: Mapping[Cap, Support] = CAPABILITIES
    buckets: tuple[Bucket, ...] = ()
    comments_by: Literal["account", "post"] = "post"
    answers_below: Literal["thread", "comment"] = "comment"
    renew_ahead = timedelta(minutes=10)
    revoked_by: Literal["access", "refresh"] = "access"
    reply_max = MAX_TEXT
    ban_rejects = False

    def __init__(
        self,
        *,
        http: Client,
        base_urls: Mapping[str, str],
        client_id: str = "",
        client_secret: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`base_urls` has the keys twitch_id and twitch_helix."""
        self._http = http
        self._helix = base_urls["twitch_helix"].rstrip("/")
        self._client_id = client_id
        self._now = now
        self._oauth = TwitchOAuth(
            http=http,
            id_url=base_urls["twitch_id"].rstrip("/"),
            client_id=client_id,
            client_secret=client_secret,
            now=now,
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """What hearing cannot do without."""
        return () if CHAT_READ in granted else (CHAT_READ,)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities`, with "needs_scope" where the person withheld a permission."""
        return within_grant(CAPABILITIES, granted)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Twitch's consent page."""
        return self._oauth.authorize_url(state, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Tokens for a fresh code; INVALID when the code is used, expired or of another flow."""
        return self._oauth.exchange(code, redirect_uri)

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access token; AUTH_REVOKED when the grant is gone."""
        return self._oauth.refresh(refresh_token)

    def revoke(self, token: str) -> None:
        """End the grant of this access token."""
        self._oauth.revoke(token)

    def validate(self, access: str) -> str:
        """The account of a token; AUTH_EXPIRED when it is good no more. To be asked every hour."""
        return self._oauth.validate(access)[0]

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The channel behind the token. Read every hour, it is also the hourly validation."""
        user_id, scopes = self._oauth.validate(access)
        users = items_of(self._get(access, "users", {}))
        if not users or str(users[0].get("id")) != user_id:
            raise PlatformError(ErrorKind.AUTH_REVOKED, REVOKED, detail="token of somebody else")
        followers = None
        if FOLLOWERS in scopes:
            told = self._get(access, "channels/followers", {"broadcaster_id": user_id})
            followers = parsed(parse.count, told, "total")
        return parsed(parse.account, users[0], followers)

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """What is live now, before 100 recordings a page, newest first."""
        found: dict[str, RemotePost] = {}
        params = {"user_id": uploads_id, "first": "100", "type": "archive"}
        body = self._get(access, "videos", {**params, **({"after": cursor} if cursor else {})})
        for one in items_of(body):
            post = parsed(parse.recording, one)
            found[post.id] = post
        if cursor is None and (running := self.running(access, uploads_id)):
            # The recording of a stream begins with it, and counts views that the stream does not.
            recorded = found.pop(running.id, None)
            views = recorded.views if recorded else None
            found = {running.id: replace(running, views=views), **found}
        pagination = body.get("pagination")
        after = pagination.get("cursor") if isinstance(pagination, dict) else None
        return Page(tuple(found.values()), str(after) if after else None)

    def running(self, access: str, channel_id: str) -> RemotePost | None:
        """The stream that runs at this moment, if one does."""
        streams = items_of(self._get(access, "streams", {"user_id": channel_id}))
        return parsed(parse.live, streams[0]) if streams else None

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """Never: there is nothing to list."""
        raise PlatformError(ErrorKind.UNSUPPORTED, NO_COMMENTS, detail="no listing")

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """Never: there is nothing to list."""
        raise PlatformError(ErrorKind.UNSUPPORTED, NO_COMMENTS, detail="no listing")

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Nothing: messages cannot be asked for."""
        return {}

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
        """Whether a message that was to be deleted is gone: told by deleting it once more.

        That is the only way to ask, and harmless where the deletion is wanted: a message that is
        gone is not found, and one that was still there goes now, which the second question proves.
        None for everything else.
        """
        if expect is not Visibility.REJECTED:
            return None
        try:
            for _ in range(2):
                self._delete(access, comment_id)
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return Visibility.DELETED
        return None

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
        """Delete one message, for good; Twitch knows no other state."""
        if len(ids) != 1 or Visibility(visibility) is not Visibility.REJECTED or ban_author:
            raise PlatformError(ErrorKind.UNSUPPORTED, REFUSED_INPUT, detail="moderation arguments")
        return self._delete(access, ids[0])

    def ban(
        self,
        access: str,
        channel_id: str,
        user_id: str,
        *,
        seconds: int | None = None,
        reason: str = "",
    ) -> ActionResult:
        """Send somebody out of the chat: with `seconds` for so long, without them for good."""
        if seconds is not None and not 1 <= seconds <= LONGEST_TIMEOUT.total_seconds():
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="length of a timeout")
        data: dict[str, Any] = {"user_id": user_id, "reason": reason[:500]}
        if seconds is not None:
            data["duration"] = seconds
        return self._write(
            access, "POST", "moderation/bans", self._as_moderator(channel_id), {"data": data}
        )[0]

    def unban(self, access: str, channel_id: str, user_id: str) -> ActionResult:
        """Let somebody in again, after a ban or before the end of a timeout."""
        params = {**self._as_moderator(channel_id), "user_id": user_id}
        return self._write(access, "DELETE", "moderation/bans", params)[0]

    def is_banned(self, access: str, channel_id: str, user_id: str) -> bool:
        """Whether somebody is out of the chat now."""
        params = {"broadcaster_id": channel_id, "user_id": user_id}
        return bool(items_of(self._get(access, "moderation/banned", params)))

    def ban_author(
        self,
        access: str,
        *,
        comment_id: str,
        author_id: str,
        post_id: str,
        for_s: int | None = None,
    ) -> ActionResult:
        """Send the author of a message out of the chat; somebody who is out already is."""
        try:
            done = self.ban(access, self.validate(access), author_id, seconds=for_s)
        except PlatformError as error:
            if error.message != IS_BANNED:
                raise
            done = ActionResult("done")
        return replace(done, remote_id=author_id)

    def is_author_banned(self, access: str, ban_id: str) -> bool:
        """Asked of the channel that the token is for."""
        return self.is_banned(access, self.validate(access), ban_id)

    def unban_author(self, access: str, ban_id: str) -> ActionResult:
        """Let them in again; who is in already is."""
        try:
            return self.unban(access, self.validate(access), ban_id)
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return ActionResult("done")

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """Write below a message into the running chat. Never sent twice from here."""
        own = self.validate(access)
        body = {
            "broadcaster_id": own,
            "sender_id": own,
            "message": text,
            "reply_parent_message_id": parent_id.removeprefix(LIVE),
        }
        result, answer = self._write(access, "POST", "chat/messages", {}, body)
        if result.outcome == "unknown":
            return result
        sent = items_of(answer)[:1]
        if sent and not sent[0].get("is_sent"):
            raise PlatformError(ErrorKind.DENIED, DROPPED, detail="is_sent is false")
        return ActionResult("done", remote_id=LIVE + str(sent[0]["message_id"]) if sent else None)

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """None: what was written is heard again, and cannot be looked for."""
        return None

    # --- events ----------------------------------------------------------------------------------

    def subscribe(self, access: str, session_id: str, channel_id: str, event: str) -> None:
        """Have one kind of event sent to a session; a subscription that is there already is one."""
        condition = {"broadcaster_user_id": channel_id}
        if event.startswith("channel.chat."):
            condition["user_id"] = channel_id
        body = {
            "type": event,
            "version": "1",
            "condition": condition,
            "transport": {"method": "websocket", "session_id": session_id},
        }
        call = self._call("POST", "eventsub/subscriptions", access, {}, body)

        def refused(reply: Reply) -> PlatformError:
            return classify(reply, self._now())

        # A repeated one answers 409: that is as good as 202, so it is safe to send again.
        try:
            self._http.read(call, refused)
        except PlatformError as error:
            if not error.detail.startswith("409"):
                raise

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """What a kept frame tells."""
        return parse.events(raw)

    # --- inside ----------------------------------------------------------------------------------

    def _delete(self, access: str, message_id: str) -> ActionResult:
        bare = message_id.removeprefix(LIVE)
        params = {**self._as_moderator(self.validate(access)), "message_id": bare}
        return self._write(access, "DELETE", "moderation/chat", params)[0]

    def _as_moderator(self, channel_id: str) -> dict[str, str]:
        return {"broadcaster_id": channel_id, "moderator_id": channel_id}

    def _get(self, access: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        with_cursor = "after" in params
        return self._http.read(
            self._call("GET", path, access, params),
            lambda reply: classify(reply, self._now(), with_cursor=with_cursor),
        )

    def _write(
        self,
        access: str,
        method: Literal["POST", "DELETE"],
        path: str,
        params: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> tuple[ActionResult, dict[str, Any]]:
        call = self._call(method, path, access, params, body)
        try:
            answer = self._http.write(call, lambda reply: classify(reply, self._now()))
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message), {}
        return ActionResult("done"), answer.json() if answer.body else {}

    def _call(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        access: str,
        params: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> Call:
        return Call(
            method,
            f"{self._helix}/{path}",
            params=params or None,
            json_body=body,
            access=access,
            headers={"Client-Id": self._client_id},
        )
