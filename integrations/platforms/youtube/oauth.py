"""Google's OAuth 2.0 for web servers: the consent address, tokens, revocation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet, UnknownOutcome
from integrations.platforms.client import Call, Client, Reply
from integrations.platforms.youtube.errors import CODE_USED, classify_oauth

READONLY = "https://www.googleapis.com/auth/youtube.readonly"
# Needed even to list comments when signed in with OAuth, and for all moderation.
FORCE_SSL = "https://www.googleapis.com/auth/youtube.force-ssl"
SCOPES = (READONLY, FORCE_SSL)


@dataclass(frozen=True, slots=True)
class GoogleOAuth:
    """One OAuth client of Google (developers.google.com/identity/protocols/oauth2/web-server)."""

    http: Client
    auth_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """The consent page. `prompt=consent` because a refresh token comes only with consent."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "access_type": "offline",
            "prompt": "consent",
            "include_granted_scopes": "true",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.auth_url}/o/oauth2/v2/auth?{urlencode(query)}"

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Trade the code for tokens. Sent once: the code is single-use."""
        form = {
            "code": code,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": redirect_uri,
            "grant_type": "authorization_code",
            "code_verifier": verifier,
        }
        call = Call("POST", f"{self.token_url}/token", form=form)
        try:
            reply = self.http.write(call, self._refused)
            return self._tokens(reply.json())
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access token. Safe to repeat: Google does not rotate refresh tokens."""
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        call = Call("POST", f"{self.token_url}/token", form=form)
        return self._tokens(self.http.read(call, self._refresh_refused))

    def revoke(self, token: str) -> None:
        """End the grant. The token travels in the body, never in an address that logs keep."""
        call = Call("POST", f"{self.token_url}/revoke", form={"token": token})
        try:
            self.http.read(call, self._refused)
        except PlatformError as error:
            # Google answers 400 invalid_token for a grant that is already gone: that is the goal.
            if error.kind is not ErrorKind.INVALID:
                raise

    def _tokens(self, body: dict[str, Any]) -> TokenSet:
        access = body.get("access_token")
        if not isinstance(access, str) or not access:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail="no access_token")
        refresh = body.get("refresh_token")
        return TokenSet(
            access=access,
            refresh=str(refresh) if refresh else None,
            access_expires_at=self._after(body.get("expires_in")),
            refresh_expires_at=self._after(body.get("refresh_token_expires_in")),
            scopes=tuple(str(body.get("scope", "")).split()),
        )

    def _after(self, seconds: Any) -> datetime | None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return None
        return self.now() + timedelta(seconds=seconds)

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_oauth(reply, self.now(), refreshing=False)

    def _refresh_refused(self, reply: Reply) -> PlatformError:
        return classify_oauth(reply, self.now(), refreshing=True)
