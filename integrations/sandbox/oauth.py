"""Google's OAuth endpoints: the consent page, token and revoke."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from integrations.sandbox import pages
from integrations.sandbox.faults import Rule
from integrations.sandbox.grants import KNOWN_SCOPES, OAuthError

if TYPE_CHECKING:  # the memory knows the dialects, and they know these endpoints
    from integrations.sandbox.memory import Memory


class ConsentError(Exception):
    """The authorization request is wrong in a way that must not be sent to the redirect URI."""

    def __init__(self, error: str, sentence: str) -> None:
        super().__init__(error)
        self.error = error
        self.sentence = sentence


async def form_of(request: Request) -> dict[str, str]:
    """The fields of an urlencoded body."""
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


def check_request(query: Mapping[str, str], client_id: str) -> tuple[str, ...]:
    """The requested scopes of a sound authorization request."""
    for name in ("client_id", "redirect_uri", "response_type", "scope"):
        if not query.get(name):
            raise ConsentError("invalid_request", f"Missing required parameter: {name}")
    if query["client_id"] != client_id:
        raise ConsentError("invalid_client", "The OAuth client was not found.")
    if not is_allowed_redirect(query["redirect_uri"]):
        raise ConsentError(
            "redirect_uri_mismatch", "The redirect URI must be https, or http on this machine."
        )
    if query["response_type"] != "code":
        raise ConsentError("unsupported_response_type", "Only response_type=code is offered.")
    if query.get("code_challenge_method", "S256") != "S256":
        raise ConsentError("invalid_request", "code_challenge_method must be S256.")
    scopes = tuple(dict.fromkeys(query["scope"].split()))
    unknown = [scope for scope in scopes if scope not in KNOWN_SCOPES]
    if unknown:
        raise ConsentError("invalid_scope", f"Some requested scopes are invalid: {unknown[0]}")
    return scopes


def is_allowed_redirect(uri: str) -> bool:
    """https anywhere; plain http only where the traffic stays on this machine."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    local = host in {"127.0.0.1", "::1"} or host == "localhost" or host.endswith(".localhost")
    return not parts.fragment and (parts.scheme == "https" or (parts.scheme == "http" and local))


class OAuthEndpoints:
    """The handlers below /google."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    def routes(self) -> list[Route]:
        """Google's paths; /consent is where our own page posts its answer."""
        return [
            Route("/google/o/oauth2/v2/auth", self.authorize, methods=["GET"]),
            Route("/google/o/oauth2/v2/consent", self.consent, methods=["POST"]),
            Route("/google/token", self.token, methods=["POST"]),
            Route("/google/revoke", self.revoke, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """The consent page; `auto=approve|deny` (with `channel`, `grant`) answers it for tests."""
        query = dict(request.query_params)
        try:
            scopes = check_request(query, self.memory.options.client_id)
        except ConsentError as error:
            return HTMLResponse(pages.consent_error(error.error, error.sentence), 400)
        if query.get("auto") == "deny":
            return self._denied(query)
        if query.get("auto") == "approve":
            granted = tuple(s for s in scopes if s in query.get("grant", " ".join(scopes)).split())
            return self._approved(query, query.get("channel", ""), granted)
        channels = list(self.memory.world.channels.values())
        return HTMLResponse(pages.consent(query, channels, scopes))

    async def consent(self, request: Request) -> Response:
        """What the person answered on the page."""
        pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
        fields = dict(pairs)
        query = dict(parse_qsl(fields.get("request", "")))
        try:
            scopes = check_request(query, self.memory.options.client_id)
        except ConsentError as error:
            return HTMLResponse(pages.consent_error(error.error, error.sentence), 400)
        if fields.get("decision") != "approve":
            return self._denied(query)
        ticked = {value for name, value in pairs if name == "scope"}
        granted = tuple(scope for scope in scopes if scope in ticked)
        return self._approved(query, fields.get("channel", ""), granted)

    async def token(self, request: Request) -> Response:
        """POST /token: code exchange and refresh."""
        fields = await form_of(request)
        rule = cast("Rule | None", request.scope.get("sandbox.rule"))
        try:
            self.memory.grants.check_client(
                fields.get("client_id", ""), fields.get("client_secret", "")
            )
            kind = fields.get("grant_type", "")
            if kind == "authorization_code":
                body = self.memory.grants.exchange(
                    fields.get("code", ""),
                    fields.get("redirect_uri", ""),
                    fields.get("code_verifier", ""),
                )
            elif kind == "refresh_token":
                body = self.memory.grants.refresh(fields.get("refresh_token", ""))
            else:
                raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")
        except OAuthError as error:
            return oauth_refusal(error)
        if rule and rule.action == "write_ignored":
            body = {}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def revoke(self, request: Request) -> Response:
        """POST /revoke with the token in the query or in the form."""
        fields = await form_of(request)
        try:
            self.memory.grants.revoke(fields.get("token") or request.query_params.get("token", ""))
        except OAuthError as error:
            return oauth_refusal(error)
        return JSONResponse({})

    def _approved(
        self, query: Mapping[str, str], channel: str, granted: tuple[str, ...]
    ) -> Response:
        channels = self.memory.world.channels
        found = next(
            (c for c in channels.values() if channel in {c.id, c.key, c.handle}),
            next(iter(channels.values())),
        )
        if not granted:
            return self._denied(query)
        code = self.memory.grants.issue_code(
            redirect_uri=query["redirect_uri"],
            channel_id=found.id,
            scopes=granted,
            challenge=query.get("code_challenge", ""),
            offline=query.get("access_type") == "offline",
            prompt_consent="consent" in query.get("prompt", "").split(),
        )
        return _back(query, {"code": code, "scope": " ".join(granted)})

    def _denied(self, query: Mapping[str, str]) -> Response:
        return _back(query, {"error": "access_denied"})


def oauth_refusal(error: OAuthError) -> Response:
    """The token endpoint's error body."""
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, error.status)


def _back(query: Mapping[str, str], answer: dict[str, str]) -> Response:
    if "state" in query:
        answer = {"state": query["state"], **answer}
    glue = "&" if urlsplit(query["redirect_uri"]).query else "?"
    return RedirectResponse(f"{query['redirect_uri']}{glue}{urlencode(answer)}", 302)
