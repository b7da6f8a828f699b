"""Instagram Login: the consent address, the two-step token, its renewal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet, UnknownOutcome
from integrations.platforms.client import Call, Client, Reply
from integrations.platforms.instagram.errors import CODE_USED, WORDS
from integrations.platforms.meta.errors import classify_code, classify_graph
from integrations.platforms.meta.graph import unwrapped

BASIC = "instagram_business_basic"
COMMENTS = "instagram_business_manage_comments"
INSIGHTS = "instagram_business_manage_insights"
SCOPES = (BASIC, COMMENTS, INSIGHTS)


@dataclass(frozen=True, slots=True)
class InstagramOAuth:
    """One Meta app (developers.facebook.com/docs/instagram-platform, business login)."""

    http: Client
    www_url: str
    api_url: str
    graph_url: str
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """The consent page. Instagram knows no PKCE: the state alone binds the answer."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "state": state,
            "enable_fb_login": "0",
        }
        return f"{self.www_url}/oauth/authorize?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> TokenSet:
        """Trade the code for a token of an hour, and that one for a token of 60 days.

        The code is sent once, because it is single-use. There is no renewal token: the long-lived
        one renews itself, so it stands in both places of the set.
        """
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
            "code": code.removesuffix("#_"),  # left over from Instagram's own redirect
        }
        call = Call("POST", f"{self.api_url}/oauth/access_token", form=form)
        try:
            # Documented both bare and wrapped in a list.
            body = unwrapped(self.http.write(call, self._code_refused).json())
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None
        scopes = _scopes(body.get("permissions"))
        params = {
            "grant_type": "ig_exchange_token",
            "client_secret": self.client_secret,
            "access_token": _token(body),
        }
        found = self.http.read(
            Call("GET", f"{self.graph_url}/access_token", params=params), self._refused
        )
        return self._tokens(found, scopes)

    def refresh(self, token: str) -> TokenSet:
        """Another 60 days for a token that is a day old or more and has not ended."""
        params = {"grant_type": "ig_refresh_token", "access_token": token}
        call = Call("GET", f"{self.graph_url}/refresh_access_token", params=params)
        body = self.http.read(call, self._refresh_refused)
        return self._tokens(body, _scopes(body.get("permissions")))

    def _tokens(self, body: Mapping[str, Any], scopes: tuple[str, ...]) -> TokenSet:
        token = _token(body)
        seconds = body.get("expires_in")
        ends = None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            ends = self.now() + timedelta(seconds=seconds)
        return TokenSet(
            access=token,
            refresh=token,
            access_expires_at=ends,
            refresh_expires_at=ends,
            scopes=scopes,
        )

    def _code_refused(self, reply: Reply) -> PlatformError:
        return classify_code(reply, self.now(), WORDS)

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_graph(reply, self.now(), WORDS)

    def _refresh_refused(self, reply: Reply) -> PlatformError:
        return classify_graph(reply, self.now(), WORDS, refreshing=True)


def _token(body: Mapping[str, Any]) -> str:
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        raise PlatformError(ErrorKind.INVALID, CODE_USED, detail="no access_token")
    return token


def _scopes(value: Any) -> tuple[str, ...]:
    """Permissions come as "a,b"; a list is accepted, too."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())
