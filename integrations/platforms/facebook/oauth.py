"""Facebook Login: the consent address, the person's lasting token, and the Page's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet
from integrations.platforms.client import Call, Client, Reply
from integrations.platforms.facebook.credential import Credential
from integrations.platforms.facebook.errors import CODE_USED, NO_PAGE, SEVERAL, WORDS
from integrations.platforms.meta.errors import classify_code, classify_graph
from integrations.platforms.meta.graph import Graph, items_of

LIST = "pages_show_list"
READ = "pages_read_engagement"
COMMENTS = "pages_read_user_content"
ACT = "pages_manage_engagement"
MANAGE = "pages_manage_metadata"
INSIGHTS = "read_insights"
SCOPES = (LIST, READ, COMMENTS, ACT, MANAGE, INSIGHTS)


@dataclass(frozen=True, slots=True)
class FacebookOAuth:
    """One Meta app with Facebook Login (developers.facebook.com/docs/facebook-login)."""

    http: Client
    graph: Graph
    www_url: str
    graph_url: str  # with its version
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def authorize_url(self, version: str, state: str, redirect_uri: str) -> str:
        """The consent page. Facebook's server flow has no PKCE: state and our secret bind it."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "state": state,
        }
        return f"{self.www_url}/{version}/dialog/oauth?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> TokenSet:
        """Trade the code for a token of hours, that for one of 60 days, that for the Page's.

        The code is sent once. UNSUPPORTED when the person ticked several Pages: Aura would have to
        guess which one this connection is about.
        """
        app = {"client_id": self.client_id, "client_secret": self.client_secret}
        query = {**app, "redirect_uri": redirect_uri, "code": code.removesuffix("#_")}
        short = _token(self._read_once(query))
        lasting = {**app, "grant_type": "fb_exchange_token", "fb_exchange_token": short}
        call = Call("GET", f"{self.graph_url}/oauth/access_token", params=lasting)
        person = Credential("", "", _token(self.http.read(call, self._refused)))
        me = self.graph.get(person, "me", {"fields": "id"})
        granted = self.graph.get(person, "me/permissions", {})
        pages = items_of(self.graph.get(person, "me/accounts", {"fields": "id,name,access_token"}))
        if not pages:
            raise PlatformError(ErrorKind.NOT_FOUND, NO_PAGE, detail="no page")
        if len(pages) > 1:
            raise PlatformError(ErrorKind.UNSUPPORTED, SEVERAL, detail=f"{len(pages)} pages")
        page_id, person_id = str(pages[0].get("id", "")), str(me.get("id", ""))
        return TokenSet(
            access=Credential(page_id, person_id, _token(pages[0])).pack(),
            refresh=Credential(page_id, person_id, person.token).pack(),
            access_expires_at=None,  # a Page's token lives as long as the permission
            refresh_expires_at=None,
            scopes=_granted(granted),
        )

    def refresh(self, person: Credential) -> TokenSet:
        """The Page's token anew, by the person's; AUTH_REVOKED when that one is over, too."""
        try:
            body = self.graph.get(person, person.page_id, {"fields": "access_token"})
        except PlatformError as error:
            if error.kind not in {ErrorKind.AUTH_EXPIRED, ErrorKind.NOT_FOUND}:
                raise
            raise PlatformError(
                ErrorKind.AUTH_REVOKED, WORDS.revoked, detail=error.detail
            ) from None
        access = body.get("access_token")
        if not isinstance(access, str) or not access:
            raise PlatformError(ErrorKind.AUTH_REVOKED, WORDS.revoked, detail="no page token")
        return TokenSet(
            access=Credential(person.page_id, person.person_id, access).pack(),
            refresh=None,
            access_expires_at=None,
            refresh_expires_at=None,
            scopes=(),
        )

    def _read_once(self, query: Mapping[str, str]) -> dict[str, Any]:
        call = Call("GET", f"{self.graph_url}/oauth/access_token", params=query)
        try:
            return self.http.write(call, self._code_refused).json()
        except PlatformError as error:
            if error.kind is not ErrorKind.TRANSIENT:
                raise
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None

    def _code_refused(self, reply: Reply) -> PlatformError:
        return classify_code(reply, self.now(), WORDS)

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_graph(reply, self.now(), WORDS)


def _token(body: Mapping[str, Any]) -> str:
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        raise PlatformError(ErrorKind.INVALID, CODE_USED, detail="no access_token")
    return token


def _granted(body: Mapping[str, Any]) -> tuple[str, ...]:
    """`me/permissions`: what was ticked and what was not."""
    return tuple(
        str(item.get("permission"))
        for item in items_of(body)
        if item.get("status") == "granted" and item.get("permission") in SCOPES
    )
