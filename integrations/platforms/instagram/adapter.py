"""The Instagram adapter: one professional account's posts and comments, read and moderated."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

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
    UnknownOutcome,
    Visibility,
)
from integrations.platforms.client import Client
from integrations.platforms.grants import within_grant
from integrations.platforms.instagram import parse, webhooks
from integrations.platforms.instagram.capabilities import CAPABILITIES
from integrations.platforms.instagram.credential import Credential
from integrations.platforms.instagram.errors import (
    FORBIDDEN,
    NOT_DELETABLE,
    REFUSED_INPUT,
    WORDS,
)
from integrations.platforms.instagram.oauth import BASIC, COMMENTS, SCOPES, InstagramOAuth
from integrations.platforms.meta import signed
from integrations.platforms.meta.graph import (
    Graph,
    items_of,
    next_cursor,
    unwrapped,
)
from integrations.platforms.webhooks import Delivery, PlatformEvent

PAGE = "50"  # the most comments Instagram sends at once
REPLY_PAGES = 20  # budget when looking for our own reply
INSIGHTS_OF = 12  # newest posts whose insights are asked for: one call each
_REFUSALS = {ErrorKind.SCOPE_MISSING, ErrorKind.DENIED, ErrorKind.INVALID}


class Instagram:
    """`Platform` for Instagram Login (host graph.instagram.com). Base addresses are values."""

    kind = "instagram"
    label = "Instagram"
    scopes: tuple[str, ...] = SCOPES
    reply_max = 2_200
    # The allowance moves with how often the account is seen: the headers tell it, not a number.
    rate = RatePolicy(daily_units=0, read_units=1, write_units=1, write_batch=1, reset_zone="UTC")
    capabilities: Mapping[Cap, Support] = CAPABILITIES
    buckets: tuple[Bucket, ...] = (Bucket.PUBLISHED,)
    comments_by: Literal["account", "post"] = "post"
    answers_below: Literal["thread", "comment"] = "thread"
    renew_ahead = timedelta(days=15)  # of 60; a token that has ended cannot be renewed any more
    revoked_by: Literal["access", "refresh"] = "access"

    def __init__(
        self,
        *,
        http: Client,
        base_urls: Mapping[str, str],
        client_id: str,
        client_secret: str,
        verify_token: str = "",
        graph_version: str = "v26.0",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`base_urls` has the keys instagram_www, instagram_api and instagram_graph."""
        self._http = http
        graph = base_urls["instagram_graph"].rstrip("/")
        address = f"{graph}/{graph_version}"
        self._graph = Graph(http=http, address=address, words=WORDS, now=now, sleep=sleep)
        self._now = now
        self._secret = client_secret
        self._verify_token = verify_token
        self._oauth = InstagramOAuth(
            http=http,
            www_url=base_urls["instagram_www"].rstrip("/"),
            api_url=base_urls["instagram_api"].rstrip("/"),
            graph_url=graph,
            client_id=client_id,
            client_secret=client_secret,
            now=now,
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """Listening needs the account and its comments; without insights only views are missing."""
        return tuple(scope for scope in (BASIC, COMMENTS) if scope not in granted)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities`, with "needs_scope" where the person withheld a permission."""
        return within_grant(CAPABILITIES, granted)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Instagram's consent page for our scopes; it takes no PKCE challenge."""
        return self._oauth.authorize_url(state, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """A 60-day token for a fresh code; INVALID when the code is used or expired.

        Also asks Instagram to push comments, where this installation takes them.
        """
        found = self._oauth.exchange(code, redirect_uri)
        body = self._me(Credential("", "", found.access), "user_id,username")
        who = Credential(str(body.get("user_id") or ""), str(body.get("username") or ""), "")
        self._subscribe(replace(who, token=found.access))
        return _packed(found, who)

    def refresh(self, refresh_token: str) -> TokenSet:
        """60 more days; AUTH_REVOKED when the token has ended or was taken back."""
        known = Credential.unpack(refresh_token)
        found = self._oauth.refresh(known.token)
        self._subscribe(replace(known, token=found.access))
        return _packed(found, known)

    def revoke(self, token: str) -> None:
        """End the pushes. Instagram has no call to end a grant: the person removes it there."""
        try:
            self._graph.send("DELETE", Credential.unpack(token), "me/subscribed_apps")
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.TRANSIENT, error.message, detail=error.detail) from None
        except PlatformError as error:
            if error.kind in {ErrorKind.TRANSIENT, ErrorKind.RATE_LIMITED}:
                raise

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The account behind the token, by its `user_id`."""
        body = self._me(Credential.unpack(access), parse.ACCOUNT_FIELDS)
        return parsed(parse.account, body)

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """50 posts, newest first; the newest with their insights (1 call, then up to 12)."""
        who = Credential.unpack(access)
        body = self._list(who, f"{uploads_id}/media", parse.POST_FIELDS, cursor)
        items = items_of(body)
        numbers = (
            self._graph.insights(who, items[:INSIGHTS_OF], parse.METRICS) if cursor is None else {}
        )
        found = tuple(
            parsed(parse.post, item, numbers.get(str(item.get("id")), {})) for item in items
        )
        return Page(found, next_cursor(body))

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """50 threads of one post, newest first, hidden ones among them, some replies included."""
        if Bucket(bucket) not in self.buckets:
            return Page(())
        who = Credential.unpack(access)
        body = self._list(who, f"{post_id}/comments", parse.COMMENT_FIELDS, cursor)
        found: list[RemoteComment] = []
        incomplete: list[ThreadRef] = []
        for item in items_of(body):
            said, more = parsed(parse.thread, item, post_id=post_id, own=who.own, at=self._now())
            found += said
            if more:
                incomplete.append(more)
        return Page(tuple(found), next_cursor(body), tuple(incomplete))

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """50 replies of a thread."""
        who = Credential.unpack(access)
        body = self._list(who, f"{parent_id}/replies", parse.REPLY_FIELDS, cursor)
        return Page(
            tuple(
                parsed(
                    parse.comment,
                    item,
                    post_id=post_id,
                    parent_id=parent_id,
                    own=who.own,
                    at=self._now(),
                    fallback=Visibility.PUBLIC,
                )
                for item in items_of(body)
            ),
            next_cursor(body),
        )

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what Instagram still returns for it; one call each."""
        who = Credential.unpack(access)
        states: dict[str, RemoteComment | None] = {}
        for comment_id in dict.fromkeys(ids):
            body = self._graph.look(who, comment_id, parse.REPLY_FIELDS)
            if body is None:
                states[comment_id] = None
                continue
            states[comment_id] = parsed(
                parse.comment,
                body,
                post_id=post_id,
                parent_id=parent_id or None,
                own=who.own,
                at=self._now(),
            )
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
        """Where the comment stands: the comment itself says it, and a deleted one says nothing."""
        body = self._graph.look(Credential.unpack(access), comment_id, "id,hidden")
        if body is None:
            return Visibility.DELETED
        return parse.visibility(body, Visibility.UNKNOWN)

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
        """Hide (HELD), show again (PUBLIC) or delete (REJECTED) one comment.

        UNSUPPORTED when Instagram does not let the account delete it. "done" means accepted, not
        yet visible: read back. The account's own comments take a hide and stay visible.
        """
        who = Credential.unpack(access)
        if len(ids) != 1 or ban_author:
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        if visibility is Visibility.REJECTED:
            write = partial(self._graph.send, "DELETE", who, ids[0])
        elif visibility in {Visibility.HELD, Visibility.PUBLIC}:
            hide = "true" if visibility is Visibility.HELD else "false"
            write = partial(self._graph.send, "POST", who, ids[0], {"hide": hide})
        else:
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        try:
            body = write()
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        except PlatformError as error:
            if visibility is Visibility.REJECTED and error.kind in _REFUSALS:
                raise PlatformError(
                    ErrorKind.UNSUPPORTED, NOT_DELETABLE, detail=error.detail
                ) from None
            raise
        if body.get("success") is not True:
            raise PlatformError(ErrorKind.DENIED, FORBIDDEN, detail="success is not true")
        return ActionResult("done")

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """Answer below a top comment. Never sent twice from here."""
        who = Credential.unpack(access)
        try:
            body = self._graph.send("POST", who, f"{parent_id}/replies", {"message": text})
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        return ActionResult("done", remote_id=str(body.get("id") or "") or None)

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of the account's own reply with this text, written since then (minus a minute)."""
        return own_reply(
            lambda cursor: self.replies(access, parent_id, cursor),
            text,
            since=since,
            max_pages=REPLY_PAGES,
        )

    # --- what Instagram sends by itself ----------------------------------------------------------

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """Meta's challenge, echoed to whoever knows our verify token."""
        return signed.handshake(query, self._verify_token)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> Delivery:
        """Checks X-Hub-Signature-256, made with the app's secret over the raw bytes."""
        return signed.verify(headers, raw, self._secret)

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """The comments that a delivery names, in either of its two shapes."""
        return webhooks.parse_events(raw)

    def signed_user(self, signed_request: str) -> str:
        """Whose deauthorisation or deletion this is; WebhookRefused when Meta did not sign it."""
        return signed.read_signed_request(signed_request, self._secret)

    # --- inside ----------------------------------------------------------------------------------

    def _me(self, who: Credential, fields: str) -> dict[str, Any]:
        return unwrapped(self._graph.get(who, "me", {"fields": fields}))

    def _subscribe(self, who: Credential) -> None:
        if not self._verify_token:
            return
        fields = {"subscribed_fields": ",".join(webhooks.FIELDS)}
        # Pushes only make things faster: without them Aura asks by itself.
        with suppress(PlatformError):
            self._graph.send("POST", who, "me/subscribed_apps", fields)

    def _list(self, who: Credential, edge: str, fields: str, cursor: str | None) -> dict[str, Any]:
        params = {"fields": fields, "limit": PAGE}
        if cursor:
            params["after"] = cursor
        return self._graph.get(who, edge, params)


def _packed(found: TokenSet, who: Credential) -> TokenSet:
    packed = replace(who, token=found.access).pack()
    return replace(found, access=packed, refresh=packed)
