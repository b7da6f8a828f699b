"""The YouTube adapter: one channel's videos, comments and live chats, read and moderated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from integrations.platforms.base import Bucket, Cap, RatePolicy, Support, TokenSet
from integrations.platforms.client import Client
from integrations.platforms.youtube.capabilities import CAPABILITIES
from integrations.platforms.youtube.oauth import FORCE_SSL, READONLY, SCOPES, GoogleOAuth
from integrations.platforms.youtube.push import Push
from integrations.platforms.youtube.reading import MAX_IDS


class YouTube(Push):
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
    answers_below: Literal["thread", "comment"] = "thread"
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
        """`base_urls` has the keys google_auth, google_token, youtube and websub_hub."""
        self._http = http
        self._api = base_urls["youtube"].rstrip("/")
        self._hub = base_urls["websub_hub"].rstrip("/")
        self._secret = client_secret
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
