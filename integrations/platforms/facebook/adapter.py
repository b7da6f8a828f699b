"""The Facebook adapter: one Page's posts and comments, read and moderated."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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
    TokenSet,
    UnknownOutcome,
    Visibility,
)
from integrations.platforms.client import Client
from integrations.platforms.facebook import parse, webhooks
from integrations.platforms.facebook.capabilities import CAPABILITIES
from integrations.platforms.facebook.credential import Credential
from integrations.platforms.facebook.errors import FORBIDDEN, NOBODY, REFUSED_INPUT, WORDS
from integrations.platforms.facebook.oauth import COMMENTS, LIST, READ, SCOPES, FacebookOAuth
from integrations.platforms.grants import within_grant
from integrations.platforms.meta import signed
from integrations.platforms.meta.graph import Graph, items_of, next_cursor
from integrations.platforms.webhooks import Delivery, PlatformEvent

PAGE = "100"
POSTS = "50"
REPLY_PAGES = 20  # budget when looking for our own reply
INSIGHTS_OF = 12  # newest posts whose insights are asked for: one call each


class Facebook:
    """`Platform` for a Facebook Page (host graph.facebook.com). Base addresses are values."""

    kind = "facebook"
    label = "Facebook"
    scopes: tuple[str, ...] = SCOPES
    reply_max = 8_000
    # The allowance grows with how many people use the Page: the headers tell it, not a number.
    rate = RatePolicy(daily_units=0, read_units=1, write_units=1, write_batch=1, reset_zone="UTC")
    capabilities: Mapping[Cap, Support] = CAPABILITIES
    buckets: tuple[Bucket, ...] = (Bucket.PUBLISHED,)
    comments_by: Literal["account", "post"] = "post"
    answers_below: Literal["thread", "comment"] = "thread"
    renew_ahead = timedelta(0)  # a Page's token names no end
    revoked_by: Literal["access", "refresh"] = "access"
    ban_rejects = False

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
        """`base_urls` has the keys facebook_www and facebook_graph."""
        self._http = http
        address = f"{base_urls['facebook_graph'].rstrip('/')}/{graph_version}"
        self._graph = Graph(
            http=http,
            address=address,
            words=WORDS,
            proof_secret=client_secret,
            now=now,
            sleep=sleep,
        )
        self._version = graph_version
        self._secret = client_secret
        self._verify_token = verify_token
        self._oauth = FacebookOAuth(
            http=http,
            graph=self._graph,
            www_url=base_urls["facebook_www"].rstrip("/"),
            graph_url=address,
            client_id=client_id,
            client_secret=client_secret,
            now=now,
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """Listening needs the Page, its posts and what people write there."""
        return tuple(scope for scope in (LIST, READ, COMMENTS) if scope not in granted)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities`, with "needs_scope" where the person withheld a permission."""
        return within_grant(CAPABILITIES, granted)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Facebook's consent page for our scopes; its server flow takes no PKCE challenge."""
        return self._oauth.authorize_url(self._version, state, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """The token of the one Page that was ticked.

        INVALID when the code is used or expired, NOT_FOUND without a Page, UNSUPPORTED with
        several. Also asks Facebook to push, where this installation takes pushes.
        """
        found = self._oauth.exchange(code, redirect_uri)
        self._subscribe(Credential.unpack(found.access))
        return found

    def refresh(self, refresh_token: str) -> TokenSet:
        """The Page's token anew, by the person's; AUTH_REVOKED when the permission is over."""
        found = self._oauth.refresh(Credential.unpack(refresh_token))
        self._subscribe(Credential.unpack(found.access))
        return found

    def revoke(self, token: str) -> None:
        """End the pushes of this Page. The permission itself is the person's, for all Pages."""
        who = Credential.unpack(token)
        try:
            self._graph.send("DELETE", who, f"{who.page_id}/subscribed_apps")
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.TRANSIENT, error.message, detail=error.detail) from None
        except PlatformError as error:
            if error.kind in {ErrorKind.TRANSIENT, ErrorKind.RATE_LIMITED}:
                raise

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The Page behind the token."""
        who = Credential.unpack(access)
        body = self._graph.get(who, who.page_id, {"fields": parse.ACCOUNT_FIELDS})
        return parsed(parse.account, body, who.person_id)

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """50 posts, newest first; the newest with their insights (1 call, then up to 12)."""
        who = Credential.unpack(access)
        body = self._list(who, f"{uploads_id}/posts", parse.POST_FIELDS, cursor, size=POSTS)
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
        """100 comments and replies of one post, newest first, hidden ones among them."""
        if Bucket(bucket) not in self.buckets:
            return Page(())
        who = Credential.unpack(access)
        more = {"filter": "stream", "order": "reverse_chronological"}
        body = self._list(who, f"{post_id}/comments", parse.COMMENT_FIELDS, cursor, more=more)
        return self._comments(who, body, post_id=post_id)

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """100 replies of a thread, newest first."""
        who = Credential.unpack(access)
        more = {"order": "reverse_chronological"}
        body = self._list(who, f"{parent_id}/comments", parse.COMMENT_FIELDS, cursor, more=more)
        return self._comments(who, body, post_id=post_id, parent_id=parent_id)

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what Facebook still returns for it; one call each."""
        who = Credential.unpack(access)
        states: dict[str, RemoteComment | None] = {}
        for comment_id in dict.fromkeys(ids):
            body = self._graph.look(who, comment_id, parse.COMMENT_FIELDS)
            if body is None:
                states[comment_id] = None
                continue
            states[comment_id] = parsed(
                parse.comment,
                body,
                page_id=who.page_id,
                post_id=post_id,
                parent_id=parent_id,
                fallback=Visibility.UNKNOWN,
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
        """Where the comment stands: it says so itself, and a deleted one says nothing."""
        body = self._graph.look(Credential.unpack(access), comment_id, "id,is_hidden")
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

        `ban_author` goes with REJECTED and comes first, while Facebook still says who wrote it:
        UNSUPPORTED, and nothing done, when it does not. "done" means accepted: read back.
        """
        who = Credential.unpack(access)
        if len(ids) != 1 or (ban_author and visibility is not Visibility.REJECTED):
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        if visibility is Visibility.REJECTED:
            write = partial(self._graph.send, "DELETE", who, ids[0])
        elif visibility in {Visibility.HELD, Visibility.PUBLIC}:
            hide = "true" if visibility is Visibility.HELD else "false"
            write = partial(self._graph.send, "POST", who, ids[0], {"is_hidden": hide})
        else:
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        try:
            if ban_author:
                self._ban(who, ids[0])
            body = write()
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        if body.get("success") is not True:
            raise PlatformError(ErrorKind.DENIED, FORBIDDEN, detail="success is not true")
        return ActionResult("done")

    def ban_author(
        self,
        access: str,
        *,
        comment_id: str,
        author_id: str,
        post_id: str,
        for_s: int | None = None,
    ) -> ActionResult:
        """From the Page, for good; UNSUPPORTED where Facebook does not say who wrote it."""
        if for_s:
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="no time-out here")
        who = Credential.unpack(access)
        try:
            return ActionResult("done", remote_id=self._ban(who, comment_id))
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)

    def unban_author(self, access: str, ban_id: str) -> ActionResult:
        """Let a person write to the Page again."""
        who = Credential.unpack(access)
        try:
            self._graph.send("DELETE", who, f"{who.page_id}/blocked", {"user": ban_id})
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        return ActionResult("done")

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """Answer as the Page below a top comment. Never sent twice from here."""
        who = Credential.unpack(access)
        try:
            body = self._graph.send("POST", who, f"{parent_id}/comments", {"message": text})
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        return ActionResult("done", remote_id=str(body.get("id") or "") or None)

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of the Page's own reply with this text, written since then (minus a minute)."""
        return own_reply(
            lambda cursor: self.replies(access, parent_id, cursor),
            text,
            since=since,
            max_pages=REPLY_PAGES,
        )

    # --- what Facebook sends by itself -----------------------------------------------------------

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """Meta's challenge, echoed to whoever knows our verify token."""
        return signed.handshake(query, self._verify_token)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> Delivery:
        """Checks X-Hub-Signature-256, made with the app's secret over the raw bytes."""
        return signed.verify(headers, raw, self._secret)

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """The comments and posts that a delivery names."""
        return webhooks.parse_events(raw)

    def signed_user(self, signed_request: str) -> str:
        """Whose deauthorisation or deletion this is; WebhookRefused when Meta did not sign it."""
        return signed.read_signed_request(signed_request, self._secret)

    # --- inside ----------------------------------------------------------------------------------

    def _ban(self, who: Credential, comment_id: str) -> str:
        body = self._graph.look(who, comment_id, "id,from{id}")
        author = (body or {}).get("from")
        author_id = author.get("id") if isinstance(author, dict) else None
        if not author_id or author_id == who.page_id:
            raise PlatformError(ErrorKind.UNSUPPORTED, NOBODY, detail="no author")
        self._graph.send("POST", who, f"{who.page_id}/blocked", {"user": str(author_id)})
        return str(author_id)

    def _subscribe(self, who: Credential) -> None:
        if not self._verify_token:
            return
        fields = {"subscribed_fields": ",".join(webhooks.FIELDS)}
        # Pushes only make things faster: without them Aura asks by itself.
        with suppress(PlatformError):
            self._graph.send("POST", who, f"{who.page_id}/subscribed_apps", fields)

    def _comments(
        self, who: Credential, body: Mapping[str, Any], *, post_id: str, parent_id: str = ""
    ) -> Page[RemoteComment]:
        return Page(
            tuple(
                parsed(
                    parse.comment,
                    item,
                    page_id=who.page_id,
                    post_id=post_id,
                    parent_id=parent_id,
                )
                for item in items_of(body)
            ),
            next_cursor(body),
        )

    def _list(
        self,
        who: Credential,
        edge: str,
        fields: str,
        cursor: str | None,
        *,
        size: str = PAGE,
        more: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        params = {"fields": fields, "limit": size, **(more or {})}
        if cursor:
            params["after"] = cursor
        return self._graph.get(who, edge, params)
