"""What every platform adapter speaks: capabilities, values in and out, one error type."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, Literal, Protocol, TypeVar

from integrations.platforms.webhooks import Delivery, PlatformEvent

T = TypeVar("T")


def sentence(text: str) -> str:
    """Mark a sentence for translation, imported as `_`; the page that shows it calls gettext.

    Django's own gettext_noop wants settings, and adapters must work without any.
    """
    return text


class Cap(StrEnum):
    """One thing a platform may let us do; see `Support` for whether it does."""

    PROFILE = "profile"
    POSTS = "posts"
    POST_METRICS = "post_metrics"
    ACCOUNT_METRICS = "account_metrics"
    COMMENTS_READ = "comments_read"
    COMMENTS_HELD = "comments_held"
    REPLIES_READ = "replies_read"
    COMMENT_REPLY = "comment_reply"
    COMMENT_HIDE = "comment_hide"
    COMMENT_DELETE = "comment_delete"
    AUTHOR_BAN = "author_ban"
    AUTHOR_BLOCK = "author_block"
    COMMENT_REPORT = "comment_report"
    MENTIONS = "mentions"
    DM_READ = "dm_read"
    LIVE_CHAT_READ = "live_chat_read"
    LIVE_CHAT_MODERATE = "live_chat_moderate"
    WEBHOOK = "webhook"
    IMPORT_EXPORT_FILE = "import_export_file"


class Visibility(StrEnum):
    """Where a comment stands on its platform, as far as the platform lets us know."""

    PUBLIC = "public"
    HELD = "held"
    SPAM = "spam"
    REJECTED = "rejected"
    DELETED = "deleted"
    PRIVATE = "private"  # a message to the account, which only its owner could read
    UNKNOWN = "unknown"  # the platform returned the comment without saying where it stands


class Bucket(StrEnum):
    """The comment listings a platform offers to the owner of an account."""

    PUBLISHED = "published"
    HELD = "held"
    SPAM = "spam"


class ErrorKind(StrEnum):
    """What a caller can do about an error: each kind asks for a different reaction."""

    AUTH_EXPIRED = "auth_expired"  # refresh the access token, then try again
    AUTH_REVOKED = "auth_revoked"  # only the person can help: connect again
    SCOPE_MISSING = "scope_missing"  # connect again and grant the missing permission
    RATE_LIMITED = "rate_limited"  # wait until retry_at
    QUOTA_EXHAUSTED = "quota_exhausted"  # wait until reset_at
    NOT_FOUND = "not_found"
    COMMENTS_DISABLED = "comments_disabled"  # a state of the post, not a failure
    INVALID = "invalid"  # the same request will fail again
    TRANSIENT = "transient"  # the same request may succeed later
    CURSOR_INVALID = "cursor_invalid"  # restart the listing
    UNSUPPORTED = "unsupported"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a capability works, why not, which scope it needs, and the manual way if any."""

    state: Literal["yes", "needs_review", "needs_scope", "no"]
    reason: str = ""
    scope: str | None = None
    manual_url: str | None = None


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """The platform's documented allowance, for budgets and batching; 0: no such unit there."""

    daily_units: int
    read_units: int
    write_units: int
    write_batch: int  # most comment ids in one moderation call
    reset_zone: str


@dataclass(frozen=True, slots=True)
class TokenSet:
    """Tokens of one grant. `refresh` is None when the platform sent no new one: keep the old."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """A thread whose page did not hold all its replies; `total`: how many, None: not told."""

    parent_id: str
    post_id: str
    total: int | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing. Go on while `next_cursor` is set, even when `items` is empty."""

    items: tuple[T, ...]
    next_cursor: str | None = None
    incomplete: tuple[ThreadRef, ...] = ()

    @property
    def exhausted(self) -> bool:
        """True on the last page."""
        return self.next_cursor is None


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """The connected account as the platform shows it. `uploads_id` is what `posts` lists."""

    id: str
    handle: str
    name: str
    avatar: str
    url: str
    uploads_id: str
    followers: int | None
    posts: int | None
    views: int | None
    created_at: datetime | None
    raw: dict[str, Any] = field(repr=False)
    alias: str = ""  # another id under which the platform speaks of it


@dataclass(frozen=True, slots=True)
class RemotePost:
    """A post with its counters; a counter is None when the platform hides it."""

    id: str
    title: str
    text: str
    url: str
    thumbnail: str
    created_at: datetime
    privacy: str
    views: int | None
    likes: int | None
    comments: int | None
    comments_enabled: bool
    raw: dict[str, Any] = field(repr=False)
    more: Mapping[str, int] = field(default_factory=dict)  # counters of this platform alone


@dataclass(frozen=True, slots=True)
class RemoteComment:
    """A comment or a reply. Absent authors have an empty `author_id`; text is never HTML."""

    id: str
    post_id: str
    parent_id: str | None
    author_id: str
    author_handle: str
    author_name: str
    author_avatar: str
    text: str
    created_at: datetime
    edited_at: datetime | None
    like_count: int
    reply_count: int
    visibility: Visibility
    is_own: bool
    permalink: str
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of a write: `unknown` means sent but unanswered; read back before a retry."""

    outcome: Literal["done", "unknown"]
    detail: str = ""
    remote_id: str | None = None


class PlatformError(Exception):
    """A platform did not do what we asked.

    `message` is a sentence for the person (English msgid, marked for translation), `detail` a
    short redacted note for logs, such as "403 quotaExceeded".
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        detail: str = "",
        retry_at: datetime | None = None,
        reset_at: datetime | None = None,
    ) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.detail = detail
        self.retry_at = retry_at
        self.reset_at = reset_at

    def __str__(self) -> str:
        return f"{self.message} [{self.detail}]" if self.detail else self.message


class UnknownOutcome(PlatformError):
    """A write left this machine and no usable answer came back: it may have been applied."""


class Platform(Protocol):
    """The adapter of one platform: pure I/O, tokens and ids in, dataclasses out.

    Every method may raise `PlatformError`. Writes never retry by themselves. Tokens are what the
    adapter itself put into a `TokenSet`: nobody else reads them. `post_id` is known wherever the
    comment is, and some platforms cannot do without it.
    """

    kind: str
    label: str
    scopes: tuple[str, ...]
    rate: RatePolicy
    capabilities: Mapping[Cap, Support]
    buckets: tuple[Bucket, ...]  # the listings there are
    comments_by: Literal["account", "post"]  # what one comment listing covers
    answers_below: Literal["thread", "comment"]  # what `reply` can be attached to
    renew_ahead: timedelta  # how long before its end an access token is renewed
    revoked_by: Literal["access", "refresh"]  # the token that `revoke` wants, if there is one
    reply_max: int  # characters of a reply

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """The scopes that Aura cannot listen without and that `granted` does not cover."""
        ...

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities` with "needs_scope" wherever `granted` falls short."""
        ...

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Where to send the person; `challenge` is the PKCE S256 challenge."""
        ...

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Trade the single-use code for tokens."""
        ...

    def refresh(self, refresh_token: str) -> TokenSet:
        """New access token; AUTH_REVOKED when the grant is gone."""
        ...

    def revoke(self, token: str) -> None:
        """End the grant; a grant that is already gone is a success."""
        ...

    def fetch_account(self, access: str) -> RemoteAccount:
        """The account that granted the token."""
        ...

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """One page of posts, newest first, with counters."""
        ...

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """One page of comment threads, newest thread first: of the account or of one post."""
        ...

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """One page of the replies below `parent_id`."""
        ...

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what the platform still returns for it; None when nothing.

        All of one post where `comments_by` is "post", and replies only with their `parent_id`.
        An id that could not be looked for to the end is left out.
        """
        ...

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
        """Where the comment stands now; None when it cannot be told within the page budget."""
        ...

    def set_visibility(
        self,
        access: str,
        ids: Sequence[str],
        visibility: Visibility,
        *,
        ban_author: bool = False,
        post_id: str = "",
    ) -> ActionResult:
        """Move comments (of one post, `rate.write_batch` at most) to PUBLIC, HELD or REJECTED."""
        ...

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """Answer publicly below `parent_id`; `remote_id` is the new comment."""
        ...

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of our own reply with that text since then: settles an unknown `reply`."""
        ...

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """The text that proves to the platform that its webhook address is ours; None: refuse."""
        ...

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> Delivery:
        """Raises `WebhookRefused` unless the platform signed these very bytes, lately."""
        ...

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """What the delivery tells; ValueError, KeyError or TypeError when it cannot be read."""
        ...


CONFIRMS: Mapping[Visibility, frozenset[Visibility]] = {
    Visibility.PUBLIC: frozenset({Visibility.PUBLIC}),
    Visibility.HELD: frozenset({Visibility.HELD}),
    # Seen from outside, a rejected comment may look exactly like a deleted one.
    Visibility.REJECTED: frozenset({Visibility.REJECTED, Visibility.DELETED}),
}


def confirms(asked: Visibility, seen: Visibility | None) -> bool | None:
    """Whether `seen` proves that `asked` happened; None when the read-back could not tell."""
    if seen is None or seen is Visibility.UNKNOWN:
        return None
    return seen in CONFIRMS[asked]


def walk_pages(
    fetch: Callable[[str | None], Page[T]], *, max_pages: int, cursor: str | None = None
) -> Iterator[Page[T]]:
    """Yield pages until the listing ends, repeats a cursor, or `max_pages` were read.

    The last two guard against a platform that answers "has more" for ever.
    """
    seen: set[str] = set()
    for _ in range(max_pages):
        page = fetch(cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None or cursor in seen:
            return
        seen.add(cursor)
