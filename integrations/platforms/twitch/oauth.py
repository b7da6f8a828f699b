"""Twitch's OAuth: the code flow, renewal, and the question whose a token is, asked every hour."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet, UnknownOutcome
from integrations.platforms.client import Call, Client, Reply
from integrations.platforms.twitch.errors import CODE_USED, REVOKED, classify, classify_oauth

CHAT_READ, CHAT_WRITE = "user:read:chat", "user:write:chat"
MESSAGES, BANS = "moderator:manage:chat_messages", "moderator:manage:banned_users"
FOLLOWERS = "moderator:read:followers"
SCOPES = (CHAT_READ, CHAT_WRITE, MESSAGES, BANS, FOLLOWERS)


@dataclass(frozen=True, slots=True)
class TwitchOAuth:
    """One app of the operator (dev.twitch.tv/docs/authentication)."""

    http: Client
    id_url: str
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """The consent page. Twitch knows no PKCE: the state and our secret bind the answer."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": state,
            "force_verify": "true",  # the person shall see which account they choose
        }
        return f"{self.id_url}/oauth2/authorize?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> TokenSet:
        """Trade the code for tokens. Sent once: the code is single-use."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        try:
            reply = self.http.write(self._call("token", form), self._refused)
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None
        return self._tokens(reply.json(), ErrorKind.INVALID)

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access token; the refresh token in the answer is the one to keep."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        body = self.http.read(
            self._call("token", form),
            lambda reply: classify_oauth(reply, self.now(), refreshing=True),
        )
        return self._tokens(body, ErrorKind.AUTH_REVOKED)

    def revoke(self, token: str) -> None:
        """End the grant of an access token; one that is gone already is the goal."""
        call = Call(
            "POST",
            f"{self.id_url}/oauth2/revoke",
            form={"client_id": self.client_id, "token": token},
        )
        try:
            self.http.write(call, self._refused)
        except PlatformError as error:
            if error.kind is not ErrorKind.INVALID:
                raise

    def validate(self, access: str) -> tuple[str, tuple[str, ...]]:
        """The account and the scopes of a token; AUTH_EXPIRED when it is good no more.

        Twitch demands this question every hour, and looks whether apps ask it.
        """
        call = Call(
            "GET", f"{self.id_url}/oauth2/validate", headers={"Authorization": f"OAuth {access}"}
        )
        body = self.http.read(call, lambda reply: classify(reply, self.now()))
        return str(body.get("user_id") or ""), _scopes(body.get("scopes"))

    def _call(self, name: str, form: dict[str, str]) -> Call:
        app = {"client_id": self.client_id, "client_secret": self.client_secret}
        return Call("POST", f"{self.id_url}/oauth2/{name}", form={**app, **form})

    def _tokens(self, body: dict[str, Any], otherwise: ErrorKind) -> TokenSet:
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not isinstance(access, str) or not access:
            told = REVOKED if otherwise is ErrorKind.AUTH_REVOKED else CODE_USED
            raise PlatformError(otherwise, told, detail="no access_token")
        seconds, ends = body.get("expires_in"), None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            ends = self.now() + timedelta(seconds=seconds)
        return TokenSet(
            access=access,
            refresh=str(refresh) if refresh else None,
            access_expires_at=ends,
            refresh_expires_at=None,
            scopes=_scopes(body.get("scope")),
        )

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_oauth(reply, self.now(), refreshing=False)


def _scopes(value: Any) -> tuple[str, ...]:
    """A list here; text with blanks is accepted, too."""
    parts = value if isinstance(value, list) else str(value or "").split()
    return tuple(str(part) for part in parts if part)
