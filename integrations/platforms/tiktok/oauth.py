"""TikTok's OAuth for its two portals: one consent page, two token endpoints, rotating tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from integrations.platforms.base import ErrorKind, PlatformError, TokenSet, UnknownOutcome
from integrations.platforms.client import Call, Client, Inside, Reply
from integrations.platforms.tiktok.credential import App, Credential, unpacked
from integrations.platforms.tiktok.errors import (
    CODE_USED,
    REVOKED,
    classify_oauth,
    classify_status,
    inside_business_oauth,
    inside_oauth,
)

BUSINESS_SCOPES = (
    "user.info.basic",
    "user.info.username",
    "user.info.stats",
    "user.insights",
    "video.list",
    "video.insights",
    "comment.list",
    "comment.list.manage",
)
DISPLAY_SCOPES = ("user.info.basic", "user.info.profile", "user.info.stats", "video.list")
# Put in front of the granted scopes: the two portals share names, and only this tells them apart.
MARKS: dict[App, str] = {"business": "app.business", "display": "app.display"}


@dataclass(frozen=True, slots=True)
class Registration:
    """One app of the operator."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TikTokOAuth:
    """Both portals (platforms' documents: Login Kit v2, and API for Business "tt_user/oauth2")."""

    http: Client
    auth_url: str
    open_url: str
    business_url: str
    business: Registration
    display: Registration
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def app(self) -> App:
        """The app that new connections go through: the one that has comments, if registered."""
        return "business" if self.business.id else "display"

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """The consent page. PKCE is for TikTok's desktop and mobile kits, not for web servers."""
        is_business = self.app == "business"
        query = {
            "client_key": (self.business if is_business else self.display).id,
            "scope": ",".join(BUSINESS_SCOPES if is_business else DISPLAY_SCOPES),
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "state": state,
            "disable_auto_auth": "1",  # the person shall see which account they choose
        }
        return f"{self.auth_url}/v2/auth/authorize/?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> TokenSet:
        """Trade the code for tokens. Sent once: the code is single-use."""
        grant = {"grant_type": "authorization_code", "redirect_uri": redirect_uri}
        try:
            if self.app == "business":
                call = self._business_call("token", {**grant, "auth_code": code})
                body = _data(self.http.write(call, self._status, self._inside("business")).json())
            else:
                call = self._display_call("token", {**grant, "code": code})
                body = self.http.write(call, self._refused, self._inside("display")).json()
        except UnknownOutcome as error:
            raise PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail) from None
        return self._tokens(self.app, body)

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access and a new refresh token; the old one is dead at once.

        A lost answer is asked for again with the old token. When TikTok had rotated already, that
        ends in AUTH_REVOKED: nothing else can bring the connection back.
        """
        held = unpacked(refresh_token)
        grant = {"grant_type": "refresh_token", "refresh_token": held.token}
        if held.app == "business":
            call = self._business_call("refresh_token", grant)
            inside = self._inside("business", refreshing=True)
            body = _data(self.http.read(call, self._status, inside))
        else:
            call = self._display_call("token", grant)
            classify = partial(classify_oauth, now=self.now(), refreshing=True)
            body = self.http.read(call, classify, self._inside("display", refreshing=True))
        return self._tokens(held.app, body, held)

    def revoke(self, access: str) -> None:
        """End the grant; one that is gone already is the goal."""
        held = unpacked(access)
        try:
            if held.app == "business":
                call = self._business_call("revoke", {"access_token": held.token})
                self.http.write(call, self._status, self._inside("business"))
            else:
                self.http.write(self._display_call("revoke", {"token": held.token}), self._refused)
        except PlatformError as error:
            if error.kind not in {ErrorKind.INVALID, ErrorKind.AUTH_EXPIRED}:
                raise

    def register_webhook(self, address: str) -> None:
        """Tell TikTok where comments are announced: one address per app, not per person."""
        fields = {"app_id": self.business.id, "secret": self.business.secret}
        call = Call(
            "POST",
            f"{self.business_url}/business/webhook/update/",
            json_body={**fields, "event_type": "COMMENT", "callback_url": address},
        )
        self.http.write(call, self._status, self._inside("business"))

    def _business_call(self, name: str, fields: dict[str, str]) -> Call:
        app = {"client_id": self.business.id, "client_secret": self.business.secret}
        url = f"{self.business_url}/tt_user/oauth2/{name}/"
        return Call("POST", url, json_body={**app, **fields})

    def _display_call(self, name: str, fields: dict[str, str]) -> Call:
        app = {"client_key": self.display.id, "client_secret": self.display.secret}
        return Call("POST", f"{self.open_url}/v2/oauth/{name}/", form={**app, **fields})

    def _tokens(self, app: App, body: dict[str, Any], held: Credential | None = None) -> TokenSet:
        access, refresh = body.get("access_token"), body.get("refresh_token")
        open_id = str(body.get("open_id") or (held.open_id if held else ""))
        if not isinstance(access, str) or not access or not open_id:
            kind, told = ErrorKind.INVALID, CODE_USED
            if held:
                kind, told = ErrorKind.AUTH_REVOKED, REVOKED
            raise PlatformError(kind, told, detail="no access_token or open_id")
        ends = body.get("refresh_token_expires_in", body.get("refresh_expires_in"))
        granted = [scope for scope in str(body.get("scope", "")).split(",") if scope]
        return TokenSet(
            access=Credential(app, open_id, access).packed(),
            refresh=Credential(app, open_id, str(refresh)).packed() if refresh else None,
            access_expires_at=self._after(body.get("expires_in")),
            refresh_expires_at=self._after(ends),
            scopes=(MARKS[app], *granted) if granted else (),
        )

    def _after(self, seconds: Any) -> datetime | None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return None
        return self.now() + timedelta(seconds=seconds)

    def _status(self, reply: Reply) -> PlatformError:
        return classify_status(reply, self.now())

    def _refused(self, reply: Reply) -> PlatformError:
        return classify_oauth(reply, self.now(), refreshing=False)

    def _inside(self, app: App, *, refreshing: bool = False) -> Inside:
        find = inside_business_oauth if app == "business" else inside_oauth
        return partial(find, now=self.now(), refreshing=refreshing)


def _data(body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("data")
    return data if isinstance(data, dict) else {}
