"""Instagram Login's addresses: the consent page, the code exchange, the two token calls."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox import pages
from integrations.sandbox.instagram.shapes import GraphError
from integrations.sandbox.instagram.wallet import CodeError, Wallet
from integrations.sandbox.oauth import form_of, is_allowed_redirect

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

SCOPES = {
    "instagram_business_basic": "See your profile and your posts",
    "instagram_business_manage_comments": "Read and manage comments below your posts",
    "instagram_business_manage_insights": "See how your account and posts perform",
    "instagram_business_content_publish": "Publish posts for you",
    "instagram_business_manage_messages": "Read and answer your messages",
}


class ConsentError(Exception):
    """The request must not be answered to its redirect address."""


class Login:
    """The handlers below /ig/www, /ig/api and the two token calls of /ig/graph."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    def routes(self) -> list[BaseRoute]:
        """The paths; /consent is where our own page posts its answer."""
        return [
            Route("/ig/www/oauth/authorize", self.authorize, methods=["GET"]),
            Route("/ig/www/oauth/consent", self.consent, methods=["POST"]),
            Route("/ig/api/oauth/access_token", self.exchange, methods=["POST"]),
            Route("/ig/graph/access_token", self.lengthen, methods=["GET"]),
            Route("/ig/graph/refresh_access_token", self.refresh, methods=["GET"]),
        ]

    @property
    def wallet(self) -> Wallet:
        """The app's codes and tokens, which a reset replaces."""
        found: Wallet = self.memory.wallet("instagram")
        return found

    async def authorize(self, request: Request) -> Response:
        """The consent page; `auto=approve|deny` (with `channel`, `scope`) answers it for tests."""
        query = dict(request.query_params)
        try:
            scopes = check_request(query, self.wallet.client_id)
        except ConsentError as error:
            return HTMLResponse(pages.consent_error("invalid_request", str(error)), 400)
        if query.get("auto") == "deny":
            return _denied(query)
        if query.get("auto") == "approve":
            granted = query.get("grant", ",".join(scopes)).replace(" ", ",").split(",")
            return self._approved(
                query, query.get("channel", ""), tuple(s for s in scopes if s in granted)
            )
        return HTMLResponse(
            pages.consent(
                query,
                list(self.memory.world_of("instagram").channels.values()),
                scopes,
                words=SCOPES,
                action="/ig/www/oauth/consent",
                platform="Instagram account",
            )
        )

    async def consent(self, request: Request) -> Response:
        """What the person answered on the page."""
        pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
        fields = dict(pairs)
        query = dict(parse_qsl(fields.get("request", "")))
        try:
            scopes = check_request(query, self.wallet.client_id)
        except ConsentError as error:
            return HTMLResponse(pages.consent_error("invalid_request", str(error)), 400)
        if fields.get("decision") != "approve":
            return _denied(query)
        ticked = {value for name, value in pairs if name == "scope"}
        granted = tuple(scope for scope in scopes if scope in ticked)
        return self._approved(query, fields.get("channel", ""), granted)

    async def exchange(self, request: Request) -> Response:
        """POST /oauth/access_token."""
        try:
            return JSONResponse(self.wallet.exchange(await form_of(request)))
        except CodeError as error:
            body = {"error_type": "OAuthException", "code": 400, "error_message": error.message}
            return JSONResponse(body, 400)

    async def lengthen(self, request: Request) -> Response:
        """GET /access_token."""
        query = request.query_params
        try:
            if query.get("grant_type") != "ig_exchange_token":
                raise GraphError(100, "(#100) Invalid grant_type")
            return JSONResponse(
                self.wallet.lengthen(query.get("access_token", ""), query.get("client_secret", ""))
            )
        except GraphError as error:
            return error.response()

    async def refresh(self, request: Request) -> Response:
        """GET /refresh_access_token."""
        query = request.query_params
        try:
            if query.get("grant_type") != "ig_refresh_token":
                raise GraphError(100, "(#100) Invalid grant_type")
            return JSONResponse(self.wallet.refresh(query.get("access_token", "")))
        except GraphError as error:
            return error.response()

    def _approved(
        self, query: Mapping[str, str], channel: str, granted: tuple[str, ...]
    ) -> Response:
        if not granted:
            return _denied(query)
        channels = self.memory.world_of("instagram").channels
        found = next(
            (c for c in channels.values() if channel in {c.id, c.key, c.handle}),
            next(iter(channels.values())),
        )
        code = self.wallet.issue_code(
            redirect_uri=query["redirect_uri"], channel_id=found.id, scopes=granted
        )
        # Instagram ends the address with "#_"; browsers keep that to themselves.
        return _back(query, {"code": code}, "#_")


def check_request(query: Mapping[str, str], client_id: str) -> tuple[str, ...]:
    """The requested scopes of a sound authorization request."""
    for name in ("client_id", "redirect_uri", "response_type", "scope"):
        if not query.get(name):
            raise ConsentError(f"Missing required parameter: {name}")
    if query["client_id"] != client_id:
        raise ConsentError("Invalid platform app")
    if not is_allowed_redirect(query["redirect_uri"]):
        raise ConsentError("Invalid redirect_uri")
    if query["response_type"] != "code":
        raise ConsentError("Invalid response_type")
    scopes = tuple(dict.fromkeys(query["scope"].replace(" ", ",").split(",")))
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ConsentError(f"Invalid scope: {unknown[0]}")
    return scopes


def _denied(query: Mapping[str, str]) -> Response:
    return _back(
        query,
        {
            "error": "access_denied",
            "error_reason": "user_denied",
            "error_description": "The user denied your request.",
        },
    )


def _back(query: Mapping[str, str], answer: dict[str, str], end: str = "") -> Response:
    if "state" in query:
        answer = {**answer, "state": query["state"]}
    return RedirectResponse(f"{query['redirect_uri']}?{urlencode(answer)}{end}", 302)
