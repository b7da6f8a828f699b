"""OAuth 2.0 as most platforms do it: a consent page, single-use codes, bearer tokens."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from integrations.sandbox import pages
from integrations.sandbox.oauth import is_allowed_redirect
from integrations.sandbox.world import Clock

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

CODE_LIFE = timedelta(minutes=10)


class GrantError(Exception):
    """The token endpoint's refusal, by its OAuth name."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description or error


@dataclass(slots=True)
class Code:
    """An authorization code, good once; `is_lasting`: with a renewal token."""

    redirect_uri: str
    channel_id: str
    scopes: tuple[str, ...]
    is_lasting: bool
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """A person's consent with the renewal token that is good now, "" for none."""

    channel_id: str
    scopes: tuple[str, ...]
    refresh: str = ""


@dataclass(slots=True)
class Access:
    """An access token."""

    grant: Grant
    expires_at: datetime


@dataclass
class Wallet:
    """One app's codes and tokens; renewal tokens do not rotate."""

    clock: Clock
    client_id: str
    client_secret: str
    life_s: int  # of an access token
    codes: dict[str, Code] = field(default_factory=dict)
    by_access: dict[str, Access] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)  # of a window, for the platform's own count

    def check(self, client_id: str, client_secret: str) -> None:
        """GrantError unless this is the app."""
        same = secrets.compare_digest(client_secret.encode(), self.client_secret.encode())
        if client_id != self.client_id or not same:
            raise GrantError("invalid_client")

    def issue_code(
        self, *, redirect_uri: str, channel_id: str, scopes: tuple[str, ...], is_lasting: bool
    ) -> str:
        """The code that the browser carries back."""
        code = secrets.token_urlsafe(24)
        ends = self.clock.now() + CODE_LIFE
        self.codes[code] = Code(redirect_uri, channel_id, scopes, is_lasting, ends)
        return code

    def exchange(self, code: str, redirect_uri: str) -> tuple[Grant, str]:
        """A new grant and its access token; whatever the outcome, the code is spent."""
        found = self.codes.pop(code, None)
        if found is None or found.expires_at < self.clock.now():
            raise GrantError("invalid_grant")
        if found.redirect_uri != redirect_uri:
            raise GrantError("invalid_grant", "redirect_uri mismatch")
        grant = Grant(found.channel_id, found.scopes)
        if found.is_lasting:
            grant.refresh = secrets.token_urlsafe(32)
            self.by_refresh[grant.refresh] = grant
        return grant, self._renew(grant)

    def refresh(self, token: str) -> tuple[Grant, str]:
        """Another access token; the older ones live on."""
        grant = self.by_refresh.get(token)
        if grant is None:
            raise GrantError("invalid_grant")
        return grant, self._renew(grant)

    def holder(self, token: str) -> Grant | None:
        """The grant behind a living access token."""
        access = self.by_access.get(token)
        if access is None or access.expires_at <= self.clock.now():
            return None
        return access.grant

    def end(self, grant: Grant) -> None:
        """The person, or the app, takes the permission back."""
        self.by_refresh.pop(grant.refresh, None)
        for token in [t for t, access in self.by_access.items() if access.grant is grant]:
            del self.by_access[token]

    def revoke(self, token: str) -> bool:
        """End the grant behind an access or renewal token; False when there is none."""
        access = self.by_access.get(token)
        grant = access.grant if access else self.by_refresh.get(token)
        if grant is None:
            return False
        self.end(grant)
        return True

    def grants_of(self, channel_id: str = "") -> list[Grant]:
        """Living grants, of one account or of all."""
        living = {id(access.grant): access.grant for access in self.by_access.values()}
        living |= {id(grant): grant for grant in self.by_refresh.values()}
        return [g for g in living.values() if not channel_id or g.channel_id == channel_id]

    def expire(self, channel_id: str = "") -> int:
        """Let access tokens run out now; renewal tokens stay good."""
        found = [
            access
            for access in self.by_access.values()
            if not channel_id or access.grant.channel_id == channel_id
        ]
        for access in found:
            access.expires_at = self.clock.now() - timedelta(seconds=1)
        return len(found)

    def spoil(self, action: str, token: str) -> None:
        """A fault done to one access token: it runs out, is taken back or loses its scopes."""
        access = self.by_access.get(token)
        if access is None:
            return
        if action == "token_revoked":
            self.end(access.grant)
        elif action == "scope_removed":
            access.grant.scopes = ()
        else:
            access.expires_at = self.clock.now() - timedelta(seconds=1)

    def saved(self) -> list[dict[str, Any]]:
        """All living grants with their access tokens, for the state file."""
        return [
            {
                **asdict(grant),
                "access": {
                    token: access.expires_at
                    for token, access in self.by_access.items()
                    if access.grant is grant
                },
            }
            for grant in self.grants_of()
        ]

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Take up grants where the state file left them."""
        for entry in saved:
            tokens = entry.pop("access")
            grant = Grant(**{**entry, "scopes": tuple(entry["scopes"])})
            if grant.refresh:
                self.by_refresh[grant.refresh] = grant
            for token, expires_at in tokens.items():
                self.by_access[token] = Access(grant, datetime.fromisoformat(expires_at))

    def _renew(self, grant: Grant) -> str:
        token = secrets.token_urlsafe(32)
        ends = self.clock.now() + timedelta(seconds=self.life_s)
        self.by_access[token] = Access(grant, ends)
        return token


@dataclass(frozen=True)
class Consent:
    """The consent page of one platform and what it sends back; `words` explain the scopes."""

    memory: "Memory"
    kind: str
    authorize_path: str
    consent_path: str
    words: Mapping[str, str]
    noun: str
    is_lasting: Callable[[Mapping[str, str]], bool] = lambda _query: True

    @property
    def wallet(self) -> Wallet:
        """Codes and tokens; a reset replaces them."""
        return cast("Wallet", self.memory.wallet(self.kind))

    def routes(self) -> list[BaseRoute]:
        """Where the person is sent, and where our own page posts the answer."""
        return [
            Route(self.authorize_path, self.authorize, methods=["GET"]),
            Route(self.consent_path, self.consent, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """The page; `auto=approve|deny` (with `channel`, `grant`) answers it for tests."""
        query = dict(request.query_params)
        try:
            scopes = self._checked(query)
        except GrantError as error:
            return HTMLResponse(pages.consent_error(error.error, error.description), 400)
        if query.get("auto") == "deny":
            return _back(query, {"error": "access_denied"})
        if query.get("auto") == "approve":
            ticked = query.get("grant", " ".join(scopes)).replace(",", " ").split()
            return self._approved(query, query.get("channel", ""), scopes, ticked)
        channels = list(self.memory.world_of(self.kind).channels.values())
        return HTMLResponse(
            pages.consent(
                query,
                channels,
                scopes,
                words=self.words,
                action=self.consent_path,
                platform=self.noun,
            )
        )

    async def consent(self, request: Request) -> Response:
        """What the person answered on the page."""
        pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
        fields = dict(pairs)
        query = dict(parse_qsl(fields.get("request", "")))
        try:
            scopes = self._checked(query)
        except GrantError as error:
            return HTMLResponse(pages.consent_error(error.error, error.description), 400)
        if fields.get("decision") != "approve":
            return _back(query, {"error": "access_denied"})
        ticked = [value for name, value in pairs if name == "scope"]
        return self._approved(query, fields.get("channel", ""), scopes, ticked)

    def _checked(self, query: Mapping[str, str]) -> tuple[str, ...]:
        for name in ("client_id", "redirect_uri", "response_type", "scope", "state"):
            if not query.get(name):
                raise GrantError("invalid_request", f"Missing parameter: {name}")
        if query["client_id"] != self.wallet.client_id:
            raise GrantError("invalid_client", "The app was not found.")
        if not is_allowed_redirect(query["redirect_uri"]):
            raise GrantError("invalid_request", "redirect_uri: https, or http on this machine.")
        if query["response_type"] != "code":
            raise GrantError("unsupported_response_type", "Only response_type=code is offered.")
        scopes = tuple(dict.fromkeys(query["scope"].replace(",", " ").split()))
        if unknown := [scope for scope in scopes if scope not in self.words]:
            raise GrantError("invalid_scope", f"Unknown scope: {unknown[0]}")
        return scopes

    def _approved(
        self, query: Mapping[str, str], channel: str, scopes: tuple[str, ...], ticked: list[str]
    ) -> Response:
        granted = tuple(scope for scope in scopes if scope in ticked)
        if not granted:
            return _back(query, {"error": "access_denied"})
        channels = self.memory.world_of(self.kind).channels.values()
        found = next(
            (c for c in channels if channel in {c.id, c.key, c.handle}), next(iter(channels))
        )
        code = self.wallet.issue_code(
            redirect_uri=query["redirect_uri"],
            channel_id=found.id,
            scopes=granted,
            is_lasting=self.is_lasting(query),
        )
        return _back(query, {"code": code})


def bearer(scope: Scope) -> str:
    """The token in the Authorization header."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    word, _, token = header.partition(" ")
    return token if word.lower() in {"bearer", "oauth"} else ""


def _back(query: Mapping[str, str], answer: dict[str, str]) -> Response:
    told = urlencode({**answer, "state": query["state"]})
    return RedirectResponse(f"{query['redirect_uri']}?{told}", 302)
