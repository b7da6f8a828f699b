"""The outermost layer: loopback hosts only, a journal of every call, and the fault rules."""

import asyncio
import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox import shapes
from integrations.sandbox.dialects import DIALECTS, dialect_of
from integrations.sandbox.faults import AFTER, INSIDE, Rule, disturb
from integrations.sandbox.grants import OAuthError
from integrations.sandbox.memory import Memory
from integrations.sandbox.oauth import oauth_refusal

PROTOCOLS = ("/google/", "/youtube/", "/hub/", *(dialect.prefix for dialect in DIALECTS.values()))
MAX_BODY = 1024 * 1024
SECRETS = {
    "code", "auth_code", "token", "access_token", "refresh_token", "client_secret", "secret",
    "code_verifier", "hub.secret", "appsecret_proof",
    "fb_exchange_token",
}  # fmt: skip
SORRY = (
    "<!DOCTYPE html><html lang=en><title>Error {status} (Server Error)!!1</title>"
    "<p>The server encountered an error and could not complete your request."
)


class Gate:
    """ASGI middleware; it must stay outermost, because a reset needs the server's own `send`."""

    def __init__(self, app: ASGIApp, memory: Memory) -> None:
        self.app = app
        self.memory = memory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, note it down, disturb it if a rule says so."""
        if scope["type"] != "http":
            # Only the server's own `send` leads to the wire, which a dropped socket has to cut.
            scope["sandbox.send"] = send
            await self.app(scope, receive, send)
            return
        if not _is_loopback(scope):
            # A page on the web may not reach us through a name that it points at 127.0.0.1.
            await PlainTextResponse("This sandbox answers on loopback names only.", 421)(
                scope, receive, send
            )
            return
        if not scope["path"].startswith(PROTOCOLS):
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            await PlainTextResponse("Body too large.", 413)(scope, receive, send)
            return
        path = scope["path"] + (
            f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        )
        entry = self.memory.journal.add(
            {
                "at": self.memory.clock.now().isoformat(),
                "method": scope["method"],
                "path": _without_secrets(path),
                "body": _readable(body),
                "status": None,
                "fault": None,
            }
        )
        rule = self.memory.faults.pick(scope["method"], path)
        again = _Replay(body, receive)
        noting = _Noting(send, entry, scope)
        if rule is None:
            await self.app(scope, again, noting)
            return
        entry["fault"] = rule.action
        await self._disturbed(rule, scope, again, noting)

    async def _disturbed(
        self, rule: Rule, scope: Scope, receive: "_Replay", send: "_Noting"
    ) -> None:
        if rule.action in {"hang", "reset_connection"}:
            if rule.action == "hang":
                await receive.gone(float(rule.params.get("seconds", 30)))
            send.reset()
            return
        if rule.action in AFTER:
            await self._changed(rule, scope, receive, send)
            return
        if rule.action == "slow":
            await asyncio.sleep(int(rule.params.get("ms", 1000)) / 1000)
        elif rule.action in {"token_expired", "token_revoked", "scope_removed"}:
            dialect = dialect_of(scope["path"])
            if dialect:
                dialect.spoil(self.memory, rule.action, scope)
            else:
                self._spoil_token(rule.action, scope)
        elif rule.action in INSIDE:
            scope["sandbox.rule"] = rule
        else:
            dialect = dialect_of(scope["path"])
            told = dialect.refusal(self.memory, rule, scope) if dialect else None
            await (told or self._instead(rule))(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _changed(self, rule: Rule, scope: Scope, receive: "_Replay", send: "_Noting") -> None:
        caught = _Caught()
        await self.app(scope, receive, caught)
        if rule.action == "lost_response":
            send.reset()
            return
        if rule.action == "write_unknown_outcome":
            status = int(rule.params.get("status", 500))
            await HTMLResponse(SORRY.format(status=status), status)(scope, receive, send)
            return
        dialect = dialect_of(scope["path"])
        body = disturb(caught.body, rule, dialect.changes if dialect else None)
        headers = {k.decode(): v.decode() for k, v in caught.headers if k != b"content-length"}
        await Response(body, caught.status, headers)(scope, receive, send)

    def _spoil_token(self, action: str, scope: Scope) -> None:
        header = dict(scope["headers"]).get(b"authorization", b"").decode()
        access = self.memory.grants.by_access.get(header.partition(" ")[2])
        if access is None:
            return
        if action == "token_revoked":
            self.memory.grants.end(access.grant)
        elif action == "scope_removed":
            access.grant.scopes = ()
        else:
            access.expires_at = self.memory.clock.now() - timedelta(seconds=1)

    def _instead(self, rule: Rule) -> Response:
        params = rule.params
        if rule.action == "empty_200":
            return Response(b"", 200, media_type="application/json")
        if rule.action == "wrong_content_type":
            return HTMLResponse("<!DOCTYPE html><title>Please wait</title>", 200)
        if rule.action == "refresh_invalid_grant":
            return oauth_refusal(OAuthError("invalid_grant", "Token has been expired or revoked."))
        if rule.action == "status":
            status = int(params.get("status", 503))
            response: Response = HTMLResponse(SORRY.format(status=status), status)
        elif rule.action == "rateLimitExceeded":
            response = shapes.rate_limited(
                int(params.get("status", 403)), daily=bool(params.get("daily"))
            ).response()
        else:
            reason = "invalidPageToken" if rule.action == "cursor_invalid" else rule.action
            response = shapes.ApiError(reason).response()
        retry_after = params.get("retry_after")
        if isinstance(retry_after, str) and retry_after.startswith("date:"):
            moment = self.memory.clock.now() + timedelta(seconds=int(retry_after[5:]))
            response.headers["Retry-After"] = format_datetime(moment, usegmt=True)
        elif retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response


class _Replay:
    """`receive` for the app, with the body already read."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def gone(self, seconds: float) -> None:
        """Wait until the client gives up, or that long."""
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return


class _Noting:
    """`send` that writes the outcome into the journal."""

    def __init__(self, send: Send, entry: dict[str, Any], scope: Scope) -> None:
        self._send = send
        self._entry = entry
        self._scope = scope

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._entry["status"] = message["status"]
            self._entry["channel"] = self._scope.get("sandbox.channel")
        await self._send(message)

    def reset(self) -> None:
        """Cut the connection without an answer. ASGI has no word for it, uvicorn's cycle does."""
        cycle: Any = getattr(self._send, "__self__", None)
        cycle.transport.abort()


class _Caught:
    """`send` that keeps the answer instead."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def _body(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body"):
            return body


def _is_loopback(scope: Scope) -> bool:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    name = urlsplit(f"//{host}").hostname or ""
    return name in {"127.0.0.1", "::1", "localhost"} or name.endswith(".localhost")


def _without_secrets(path: str) -> str:
    bare, _, query = path.partition("?")
    if not query:
        return bare
    return f"{bare}?" + "&".join(
        f"{name}=[secret]" if name in SECRETS else part
        for part in query.split("&")
        for name in [part.partition("=")[0]]
    )


def _readable(body: bytes) -> Any:
    if not body:
        return None
    text = body.decode(errors="replace")
    try:
        fields = json.loads(text)
    except ValueError:
        fields = dict(parse_qsl(text))
    if not isinstance(fields, dict):
        return fields
    return {name: "[secret]" if name in SECRETS else v for name, v in fields.items()}
