"""X's OAuth 2.0 with PKCE: tokens of two hours, renewal tokens that are good once."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet, UnknownOutcome
from integrations.platforms.client import Call, Client
from integrations.platforms.x.errors import CODE_USED, REVOKED, classify_oauth

READ = "tweet.read"
USERS = "users.read"
OFFLINE = "offline.access"
SCOPES = (READ, USERS, OFFLINE)


@dataclass(frozen=True, slots=True)
class XOAuth:
    """One confidential client of the operator (docs.x.com, OAuth 2.0)."""

    http: Client
    auth_url: str
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """The consent page; `offline.access` is what brings a renewal token."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.auth_url}/i/oauth2/authorize?{urlencode(query)}"

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Trade the code for tokens. Sent once: the code is single-use."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        try:
            reply = self.http.write(
                self._call("token", form),
                lambda reply: classify_oauth(reply, self.now(), refreshing=False),
            )
            return self._tokens(reply.json())
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None

    def refresh(self, refresh_token: str) -> TokenSet:
        """New tokens, both. A lost answer has used the old one up: AUTH_REVOKED, honestly."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        # `read` asks again where no answer came: the old token itself tells whether X heard it.
        body = self.http.read(
            self._call("token", form),
            lambda reply: classify_oauth(reply, self.now(), refreshing=True),
        )
        return self._tokens(body)

    def revoke(self, token: str) -> None:
        """End the grant; one that is gone already is a success."""
        form = {"token": token, "client_id": self.client_id}
        try:
            self.http.write(
                self._call("revoke", form),
                lambda reply: classify_oauth(reply, self.now(), refreshing=False),
            )
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.TRANSIENT, error.message, detail=error.detail) from None
        except PlatformError as error:
            if error.kind is not ErrorKind.INVALID:
                raise

    def _call(self, name: Literal["token", "revoke"], form: dict[str, str]) -> Call:
        packed = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return Call(
            "POST",
            f"{self.api_url}/2/oauth2/{name}",
            form=form,
            headers={"Authorization": f"Basic {packed}"},
        )

    def _tokens(self, body: dict[str, Any]) -> TokenSet:
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not isinstance(access, str) or not access:
            raise PlatformError(ErrorKind.INVALID, REVOKED, detail="no access_token")
        seconds, ends = body.get("expires_in"), None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            ends = self.now() + timedelta(seconds=seconds)
        return TokenSet(
            access=access,
            refresh=str(refresh) if refresh else None,
            access_expires_at=ends,
            refresh_expires_at=None,
            scopes=tuple(str(body.get("scope") or "").split()),
        )
