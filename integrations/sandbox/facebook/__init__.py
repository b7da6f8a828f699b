"""Facebook Pages in the sandbox: Facebook Login, the Graph API, and what Meta sends by itself."""

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.dialect import Dialect
from integrations.sandbox.facebook import api, senders
from integrations.sandbox.facebook.ids import MINT
from integrations.sandbox.facebook.wallet import new_wallet
from integrations.sandbox.faults import Rule
from integrations.sandbox.instagram import graph_refusal, spoil_later
from integrations.sandbox.spoil import Spoiler
from integrations.sandbox.standard import Consent

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

SCOPES = {
    api.LIST: "Show a list of the Pages you manage",
    api.READ: "Read content posted on the Page",
    api.USER_CONTENT: "Read user content on your Page",
    api.ENGAGE: "Create and manage comments on your Page",
    api.MANAGE: "Manage your Page's settings",
    api.INSIGHTS: "Access Page insights",
}


def _routes(memory: "Memory") -> list[BaseRoute]:
    consent = Consent(
        memory,
        "facebook",
        "/fb/www/{version}/dialog/oauth",
        "/fb/www/oauth/consent",
        SCOPES,
        "Facebook Page",
    )
    return [*consent.routes(), *api.routes(memory)]


def _refusal(memory: "Memory", rule: Rule, scope: Scope) -> Response | None:
    return graph_refusal(memory, rule, scope, limit_code=80001, usage="pages")


DIALECT = Dialect(
    kind="facebook",
    prefix="/fb/",
    mint=MINT,
    wallet=new_wallet,
    routes=_routes,
    refusal=_refusal,
    spoil=spoil_later,
    changes=Spoiler(
        having=("id", "message", "can_remove"),
        texts=("message",),
        emptied=("from",),
        time="created_time",
    ).changes(),
    push=senders.push,
)
