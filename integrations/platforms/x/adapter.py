"""The X adapter: one account's posts and mentions, read for as much money as is allowed."""

from collections.abc import Callable, Mapping, Sequence
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
from integrations.platforms.client import GARBLED, Call, Client, NotSent, Reply
from integrations.platforms.grants import within_grant
from integrations.platforms.purse import Purse, purse_of
from integrations.platforms.webhooks import NoWebhooks
from integrations.platforms.x import parse
from integrations.platforms.x.capabilities import CAPABILITIES
from integrations.platforms.x.errors import CAPPED, READ_ONLY, classify
from integrations.platforms.x.oauth import SCOPES, XOAuth

POST_MICROS = 5_000  # millionths of a dollar for a post that is read
USER_MICROS = 10_000  # for a person
MENTION_SIZES = (50, 20, 5)  # of a page: a smaller one where the money does not cover more
POST_SIZES = (10, 5)
MAX_IDS = 50


class X(NoWebhooks):
    """`Platform` for X (docs.x.com). Base addresses are values; nothing is asked without money.

    Every question is paid for from the purse before it leaves, at the most that it can cost, and
    settled by what came. Questions are sent once: a repetition would cost again.
    """

    kind = "x"
    label = "X"
    scopes: tuple[str, ...] = SCOPES
    reply_max = 280
    rate = RatePolicy(daily_units=0, read_units=1, write_units=1, write_batch=1, reset_zone="UTC")
    capabilities: Mapping[Cap, Support] = CAPABILITIES
    buckets: tuple[Bucket, ...] = (Bucket.PUBLISHED,)
    comments_by: Literal["account", "post"] = "account"
    answers_below: Literal["thread", "comment"] = "comment"
    renew_ahead = timedelta(minutes=10)
    revoked_by: Literal["access", "refresh"] = "refresh"

    def __init__(
        self,
        *,
        http: Client,
        base_urls: Mapping[str, str],
        client_id: str,
        client_secret: str,
        purse: Purse | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`base_urls` has the keys x_auth and x_api."""
        self._http = http
        self._api = base_urls["x_api"].rstrip("/")
        self._purse = purse or purse_of(self.kind)
        self._now = now
        self._oauth = XOAuth(
            http=http,
            auth_url=base_urls["x_auth"].rstrip("/"),
            api_url=self._api,
            client_id=client_id,
            client_secret=client_secret,
            now=now,
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """All of them are needed."""
        return tuple(scope for scope in SCOPES if scope not in granted)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities`, with "needs_scope" where the person withheld a permission."""
        return within_grant(CAPABILITIES, granted)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """X's consent page for our scopes."""
        return self._oauth.authorize_url(state, challenge, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Tokens for a fresh code; INVALID when the code is used, expired or of another flow."""
        return self._oauth.exchange(code, verifier, redirect_uri)

    def refresh(self, refresh_token: str) -> TokenSet:
        """New tokens, both; the old renewal token is used up."""
        return self._oauth.refresh(refresh_token)

    def revoke(self, token: str) -> None:
        """End the grant of this token."""
        self._oauth.revoke(token)

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The account behind the token (0.010 dollars)."""
        body = self._ask(access, "users/me", {"user.fields": parse.USER_FIELDS}, USER_MICROS)
        return parsed(parse.account, body)

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """The ten newest posts, and no more: older ones would cost as much again every hour."""
        body = self._page(
            access,
            f"users/{uploads_id}/tweets",
            {"tweet.fields": parse.POST_FIELDS, "exclude": "retweets,replies"},
            POST_SIZES,
            POST_MICROS,
            None,
        )
        return Page(tuple(parsed(parse.post, item) for item in _items(body)))

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """Posts that name the account, newest first; X remembers the last 800."""
        if Bucket(bucket) not in self.buckets:
            return Page(())
        body = self._page(
            access,
            f"users/{channel_id}/mentions",
            {
                "tweet.fields": parse.MENTION_FIELDS,
                "expansions": "author_id",
                "user.fields": parse.USER_FIELDS,
            },
            MENTION_SIZES,
            POST_MICROS + USER_MICROS,
            cursor,
        )
        people = parse.people_of(body)
        found = (parsed(parse.mention, item, people, own_id=channel_id) for item in _items(body))
        return Page(tuple(found), parse.next_cursor(body))

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """None: what names the account is in `comments` already."""
        return Page(())

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what X still returns for it, 50 ids a question."""
        states: dict[str, RemoteComment | None] = dict.fromkeys(ids)
        wanted = list(states)
        for start in range(0, len(wanted), MAX_IDS):
            some = wanted[start : start + MAX_IDS]
            body = self._ask(
                access,
                "tweets",
                {
                    "ids": ",".join(some),
                    "tweet.fields": parse.MENTION_FIELDS,
                    "expansions": "author_id",
                    "user.fields": parse.USER_FIELDS,
                },
                len(some) * (POST_MICROS + USER_MICROS),
            )
            people = parse.people_of(body)
            for item in _items(body):
                found = parsed(parse.mention, item, people)
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
        """Whether X still returns it."""
        found = self.comment_states(access, [comment_id])[comment_id]
        return Visibility.DELETED if found is None else found.visibility

    # --- acting: never ---------------------------------------------------------------------------

    def set_visibility(
        self,
        access: str,
        ids: Sequence[str],
        visibility: Visibility,
        *,
        ban_author: bool = False,
        post_id: str = "",
    ) -> ActionResult:
        """UNSUPPORTED: Aura only reads here."""
        raise PlatformError(ErrorKind.UNSUPPORTED, READ_ONLY, detail="read only")

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """UNSUPPORTED: Aura only reads here."""
        raise PlatformError(ErrorKind.UNSUPPORTED, READ_ONLY, detail="read only")

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """None: nothing was ever sent."""
        return None

    # --- inside ----------------------------------------------------------------------------------

    def _page(
        self,
        access: str,
        path: str,
        params: Mapping[str, str],
        sizes: Sequence[int],
        each: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """A page as long as the money covers."""
        more = {"pagination_token": cursor} if cursor else {}
        for size in sizes:
            try:
                asked = {**params, **more, "max_results": str(size)}
                return self._ask(access, path, asked, size * each)
            except _Capped:
                if size == sizes[-1]:
                    raise
        raise AssertionError("no size to ask for")

    def _ask(self, access: str, path: str, params: Mapping[str, str], most: int) -> dict[str, Any]:
        """One question, paid for first: `most` is what it can cost.

        A refusal costs nothing. When no answer came, X may have charged all of it.
        """
        receipt = self._purse.reserve(most)
        if not receipt:
            raise _Capped(self._purse.opens_at())
        used = most
        try:
            call = Call("GET", f"{self._api}/2/{path}", params=params, access=access)
            with_cursor = "pagination_token" in params

            def refused(reply: Reply) -> PlatformError:
                return classify(reply, self._now(), with_cursor=with_cursor)

            body = self._http.write(call, refused).json()
            used = min(_price(body), most)
            return body
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.TRANSIENT, error.message, detail=error.detail) from None
        except NotSent:
            used = 0
            raise
        except PlatformError as error:
            used = used if error.kind is ErrorKind.TRANSIENT else 0
            raise
        finally:
            self._purse.settle(receipt, held=most, used=used)


class _Capped(PlatformError):
    """The month's money does not cover the question."""

    def __init__(self, opens_at: datetime) -> None:
        super().__init__(ErrorKind.QUOTA_EXHAUSTED, CAPPED, detail="monthly cap", reset_at=opens_at)


def _price(body: Mapping[str, Any]) -> int:
    """What an answer costs by the price list: X charges what it returns."""
    data = body.get("data")
    if isinstance(data, dict):  # users/me
        return USER_MICROS
    posts = len(data) if isinstance(data, list) else 0
    return posts * POST_MICROS + len(parse.people_of(body)) * USER_MICROS


def _items(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = body.get("data", [])  # left out when a list is empty
    if "data" not in body and "meta" not in body and "errors" not in body:
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="neither data nor meta")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="data is not a list of objects")
    return items
