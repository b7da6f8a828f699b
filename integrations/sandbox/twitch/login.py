"""Twitch's token endpoints: exchange, renewal, revocation, and the hourly question whose it is."""

from typing import TYPE_CHECKING, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox.oauth import form_of
from integrations.sandbox.standard import GrantError, bearer
from integrations.sandbox.twitch.helix import NAMES
from integrations.sandbox.twitch.sockets import TwitchWallet

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

LIFE_S = 14_400


class Login:
    """The handlers below /twitch/oauth2."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    @property
    def wallet(self) -> TwitchWallet:
        """Codes and tokens; a reset replaces them."""
        return cast("TwitchWallet", self.memory.wallet("twitch"))

    def routes(self) -> list[BaseRoute]:
        """The paths."""
        return [
            Route("/twitch/oauth2/token", self.token, methods=["POST"]),
            Route("/twitch/oauth2/revoke", self.revoke, methods=["POST"]),
            Route("/twitch/oauth2/validate", self.validate, methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """POST token: the scopes come as a list."""
        fields = await form_of(request)
        try:
            self.wallet.check(fields.get("client_id", ""), fields.get("client_secret", ""))
            if fields.get("grant_type") == "authorization_code":
                grant, access = self.wallet.exchange(
                    fields.get("code", ""), fields.get("redirect_uri", "")
                )
            elif fields.get("grant_type") == "refresh_token":
                grant, access = self.wallet.refresh(fields.get("refresh_token", ""))
            else:
                raise GrantError("invalid_request", "missing grant type")
        except GrantError as error:
            return oauth_refusal(error, is_renewal="refresh_token" in fields)
        return JSONResponse(
            {
                "access_token": access,
                "expires_in": LIFE_S,
                "refresh_token": grant.refresh,
                "scope": list(grant.scopes),
                "token_type": "bearer",
            }
        )

    async def revoke(self, request: Request) -> Response:
        """POST revoke."""
        if not self.wallet.revoke((await form_of(request)).get("token", "")):
            return JSONResponse({"status": 400, "message": "Invalid token"}, 400)
        return Response(status_code=200)

    async def validate(self, request: Request) -> Response:
        """GET validate: whose token this is; to be asked every hour."""
        token = bearer(request.scope)
        access = self.wallet.by_access.get(token)
        if access is None or self.wallet.holder(token) is None:
            return JSONResponse({"status": 401, "message": "invalid access token"}, 401)
        channel = self.memory.world_of("twitch").channels[access.grant.channel_id]
        left = int((access.expires_at - self.memory.clock.now()).total_seconds())
        return JSONResponse(
            {
                "client_id": self.wallet.client_id,
                "login": channel.handle.lstrip("@").lower(),
                "scopes": list(access.grant.scopes),
                "user_id": channel.id,
                "expires_in": left,
            }
        )


def oauth_refusal(error: GrantError, *, is_renewal: bool = False) -> Response:
    """The refusal of the token endpoint."""
    told = {"invalid_client": "invalid client secret"}.get(
        error.error, "Invalid authorization code"
    )
    if is_renewal and error.error == "invalid_grant":
        told = "Invalid refresh token"
    status = 403 if error.error == "invalid_client" else 400
    return JSONResponse({"status": status, "message": told, "error": NAMES[status]}, status)
