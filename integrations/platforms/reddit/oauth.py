"""Reddit's OAuth: a lasting permission, HTTP Basic at the token endpoint, no rotation."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet, UnknownOutcome
from integrations.platforms.client import Call, Client, Reply
from integrations.platforms.reddit.errors import CODE_USED, REVOKED, classify_oauth, inside_oauth

IDENTITY, READ, HISTORY, SUBMIT = "identity", "read", "history", "submit"
MODERATE, BAN = "modposts", "modcontributors"
SCOPES = (IDENTITY, READ, HISTORY, SUBMIT, MODERATE, BAN)


@dataclass(frozen=True, slots=True)
class RedditOAuth:
    """One app of the operator (github.com/reddit-archive/reddit/wiki/OAuth2)."""

    http: Client
    www_url: str
    agent: str  # the User-Agent that Reddit demands
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """The consent page. Reddit knows no PKCE: the state and our secret bind the answer."""
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "state": state,
            "redirect_uri": redirect_uri,
            "duration": "permanent",  # else there is no refresh token
            "scope": " ".join(SCOPES),
        }
        return f"{self.www_url}/api/v1/authorize?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> TokenSet:
        """Trade the code for tokens. Sent once: the code is single-use."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        refused = partial(classify_oauth, refreshing=False)
        inside = partial(inside_oauth, refreshing=False)
        try:
            reply = self.http.write(
                self._call("access_token", form),
                lambda reply: refused(reply, self.now()),
                lambda reply: inside(reply, self.now()),
            )
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None
        return self._tokens(reply.json(), ErrorKind.INVALID)

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access token. Safe to repeat: Reddit does not rotate refresh tokens."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        body = self.http.read(
            self._call("access_token", form),
            lambda reply: classify_oauth(reply, self.now(), refreshing=True),
            lambda reply: inside_oauth(reply, self.now(), refreshing=True),
        )
        return self._tokens(body, ErrorKind.AUTH_REVOKED)

    def revoke(self, refresh_token: str) -> None:
        """End the grant; 204 also for one that is gone already."""
        form = {"token": refresh_token, "token_type_hint": "refresh_token"}
        self.http.write(self._call("revoke_token", form), self._refused)

    def _call(self, name: Literal["access_token", "revoke_token"], form: dict[str, str]) -> Call:
        packed = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        headers = {"Authorization": f"Basic {packed}", "User-Agent": self.agent}
        return Call("POST", f"{self.www_url}/api/v1/{name}", form=form, headers=headers)

    def _tokens(self, body: dict[str, Any], otherwise: ErrorKind) -> TokenSet:
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not isinstance(access, str) or not access:
            told = REVOKED if otherwise is ErrorKind.AUTH_REVOKED else CODE_USED
            raise PlatformError(otherwise, told, detail="no access_token")
        seconds, ends = body.get("expires_in"), None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            ends = self.now() + timedelta(seconds=seconds)
        scopes = str(body.get("scope") or "").replace(",", " ").split()
        return TokenSet(
            access=access,
            refresh=str(refresh) if refresh else None,
            access_expires_at=ends,
            refresh_expires_at=None,
            scopes=SCOPES if "*" in scopes else tuple(scopes),
        )

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_oauth(reply, self.now(), refreshing=False)
