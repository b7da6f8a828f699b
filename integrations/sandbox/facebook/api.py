"""The Graph API of Facebook Pages, over the sandbox's world."""

from typing import TYPE_CHECKING, Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox.facebook import shapes
from integrations.sandbox.facebook.ids import person_id
from integrations.sandbox.facebook.wallet import PageWallet
from integrations.sandbox.instagram.api import Ask, endpoint, listing
from integrations.sandbox.instagram.shapes import GraphError, gone
from integrations.sandbox.instagram.wallet import CodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.sandbox.memory import Memory

LIST, READ, USER_CONTENT = "pages_show_list", "pages_read_engagement", "pages_read_user_content"
ENGAGE, MANAGE, INSIGHTS = "pages_manage_engagement", "pages_manage_metadata", "read_insights"
MOST = 100
MAX_TEXT = 8_000
METRICS = {"post_media_view", "post_total_media_view_unique"}
PUSHED = {"feed", "mention", "ratings", "messages"}


class PageAsk(Ask):
    """The same in Facebook's world."""

    kind = "facebook"
    usage = "pages"

    @property
    def is_person(self) -> bool:
        """Whether the token is a person's and not a Page's."""
        return self.sent.get("access_token", "") in cast("PageWallet", self.wallet).people

    def page_only(self) -> None:
        """Refuse a person's token where only the Page's own will do."""
        if self.is_person:
            raise GraphError(210, "(#210) A page access token is required to request this.")


def me(ask: PageAsk) -> Response:
    """GET /me: the person of a person's token, the Page of a Page's."""
    if ask.is_person:
        return JSONResponse({"id": person_id(ask.channel.id)})
    return page(ask, ask.channel.id)


def permissions(ask: PageAsk) -> Response:
    """GET /me/permissions."""
    known = (LIST, READ, USER_CONTENT, ENGAGE, MANAGE, INSIGHTS)
    return listing(
        [
            {"permission": name, "status": "granted" if name in ask.token.scopes else "declined"}
            for name in known
        ],
        {},
    )


def pages_of(ask: PageAsk) -> Response:
    """GET /me/accounts: the Pages that the person ticked, each with its token if asked for."""
    ask.need(LIST)
    wallet = cast("PageWallet", ask.wallet)
    fields = ask.fields("id,name,access_token")
    ids = [ask.channel.id, *wallet.more_pages.get(ask.channel.id, [])]
    found = []
    for page_id in ids:
        shown = shapes.page_object(ask.world.channels[page_id], ask.world, fields, ask.base)
        if "access_token" in fields:
            shown["access_token"] = wallet.page_token(page_id, ask.token)
        found.append(shown)
    return listing(found, {})


def page(ask: PageAsk, node: str = "") -> Response:
    """GET /{page}."""
    ask.need(READ)
    channel = ask.world.channels.get(node or ask.node)
    if channel is None or channel.id != ask.channel.id:
        raise gone(ask.node)
    fields = ask.fields("id,name")
    shown = shapes.page_object(channel, ask.world, fields, ask.base)
    if "access_token" in fields and ask.is_person:
        shown["access_token"] = cast("PageWallet", ask.wallet).page_token(channel.id, ask.token)
    return JSONResponse(shown)


def posts(ask: PageAsk) -> Response:
    """GET /{page}/posts, newest first."""
    ask.need(READ)
    if ask.node not in {ask.channel.id, "me"}:
        raise gone(ask.node)
    fields = ask.fields("id,message,created_time")
    found, paging = ask.page(ask.world.uploads(ask.channel.id), MOST)
    return listing(
        [shapes.post_object(v, ask.channel, ask.world, fields, ask.base) for v in found], paging
    )


def comments(ask: PageAsk) -> Response:
    """GET /{post}/comments and /{comment}/comments, in the order asked for."""
    ask.need(USER_CONTENT)
    fields = ask.fields("id,message,created_time,from")
    if ask.node in ask.world.videos:
        pool = shapes.stream(ask.world, ask.media().id)
        if ask.sent.get("filter", "toplevel") != "stream":
            pool = [comment for comment in pool if not comment.parent_id]
    else:
        comment = ask.comment()
        pool = [] if comment.parent_id else shapes.replies(ask.world, comment.id)
    if ask.sent.get("order", "chronological") == "chronological":
        pool = pool[::-1]
    shown, paging = ask.page(pool, MOST)
    return listing([shapes.comment_object(c, ask.world, fields) for c in shown], paging)


def reply(ask: PageAsk) -> Response:
    """POST /{comment}/comments; an answer to a reply lands in its thread."""
    ask.page_only()
    ask.need(ENGAGE)
    parent = ask.comment()
    text = ask.sent.get("message", "").strip()
    if not text or len(text) > MAX_TEXT:
        raise GraphError(100, "(#100) The parameter message is required, of 8000 signs at most")
    parent = ask.world.comments[parent.parent_id] if parent.parent_id else parent
    made = ask.world.add(
        video=ask.world.videos[parent.video_id],
        author=ask.world.authors[ask.channel.id],
        text=text,
        at=ask.memory.clock.now(),
        parent=parent,
    )
    if ask.is_rule("write_ignored"):
        ask.world.delete(made.id)
    return JSONResponse({"id": made.id})


def node_read(ask: PageAsk) -> Response:
    """GET /{id}: a Page, a post or a comment."""
    if ask.node in ask.world.comments:
        ask.need(USER_CONTENT)
        fields = ask.fields("id,message,created_time")
        return JSONResponse(shapes.comment_object(ask.comment(), ask.world, fields))
    if ask.node in ask.world.videos:
        ask.need(READ)
        fields = ask.fields("id,message,created_time")
        post = ask.media()
        return JSONResponse(shapes.post_object(post, ask.channel, ask.world, fields, ask.base))
    return page(ask)


def node_update(ask: PageAsk) -> Response:
    """POST /{comment}: is_hidden. The Page's own comments cannot be hidden."""
    ask.page_only()
    ask.need(ENGAGE)
    comment = ask.comment()
    given = ask.sent.get("is_hidden", "").lower()
    if given not in {"true", "false"}:
        raise GraphError(100, "(#100) The parameter is_hidden is required")
    if comment.author_id == ask.channel.id:
        raise GraphError(200, "(#200) The comment cannot be hidden", status=403)
    hide = given == "true"
    ignored = ask.is_rule("write_ignored") or (ask.is_rule("unhide_noop") and not hide)
    if not ignored:
        ask.world.moderate([comment], "heldForReview" if hide else "published")
    return JSONResponse({"success": True})


def node_delete(ask: PageAsk) -> Response:
    """DELETE /{comment}, with its replies."""
    ask.page_only()
    ask.need(ENGAGE)
    comment = ask.comment()
    if not ask.is_rule("write_ignored"):
        ask.world.delete(comment.id)
    return JSONResponse({"success": True})


def insights(ask: PageAsk) -> Response:
    """GET /{post}/insights: only the metrics that still exist."""
    ask.need(INSIGHTS)
    wanted = [name for name in ask.sent.get("metric", "").split(",") if name]
    if not wanted or not set(wanted) <= METRICS:
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    views = shapes.views_of(ask.media(), ask.channel, ask.world)
    return listing(
        [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": views if name == "post_media_view" else views * 7 // 10}],
                "title": name,
                "id": f"{ask.node}/insights/{name}/lifetime",
            }
            for name in wanted
        ],
        {},
    )


def subscribe(ask: PageAsk) -> Response:
    """POST and DELETE /{page}/subscribed_apps. It "succeeds" without Advanced Access, too."""
    ask.page_only()
    ask.need(MANAGE)
    if ask.node != ask.channel.id:
        raise gone(ask.node)
    asked = tuple(name for name in ask.sent.get("subscribed_fields", "").split(",") if name)
    if any(name not in PUSHED for name in asked):
        raise GraphError(100, "(#100) Param subscribed_fields must be one of the known fields")
    if asked:
        ask.wallet.subscribed[ask.channel.id] = asked
    else:
        ask.wallet.subscribed.pop(ask.channel.id, None)
    return JSONResponse({"success": True})


def block(ask: PageAsk) -> Response:
    """POST and DELETE /{page}/blocked: each person with whether it worked."""
    ask.page_only()
    ask.need(MANAGE)
    if ask.node != ask.channel.id:
        raise gone(ask.node)
    who = ask.sent.get("user", "")
    if who not in ask.world.authors:
        raise GraphError(100, "(#100) Param user must be a valid id")
    banned = ask.world.bans.setdefault(ask.channel.id, set())
    if ask.method == "DELETE":
        banned.discard(who)
        return JSONResponse({"success": True})
    banned.add(who)
    return JSONResponse({who: True})


async def exchange(memory: "Memory", request: Request) -> Response:
    """GET /oauth/access_token: a code's token, or a lasting one for a token."""
    wallet = cast("PageWallet", memory.wallet("facebook"))
    query = request.query_params
    try:
        if query.get("grant_type") == "fb_exchange_token":
            token, secret = query.get("fb_exchange_token", ""), query.get("client_secret", "")
            return JSONResponse(wallet.lengthen(token, secret))
        return JSONResponse(wallet.exchange(query))
    except CodeError as error:
        return GraphError(100, error.message).response()
    except GraphError as error:
        return error.response()


def routes(memory: "Memory") -> list[BaseRoute]:
    """The versioned paths below /fb/graph."""

    def route(path: str, handler: "Callable[[Any], Response]", *methods: str) -> Route:
        call = endpoint(handler, memory, PageAsk)
        return Route(f"/fb/graph/{{version}}/{path}", call, methods=list(methods))

    async def token(request: Request) -> Response:
        return await exchange(memory, request)

    return [
        Route("/fb/graph/{version}/oauth/access_token", token, methods=["GET"]),
        route("me/permissions", permissions, "GET"),
        route("me/accounts", pages_of, "GET"),
        route("me", me, "GET"),
        route("{node}/posts", posts, "GET"),
        route("{node}/comments", comments, "GET"),
        route("{node}/comments", reply, "POST"),
        route("{node}/insights", insights, "GET"),
        route("{node}/subscribed_apps", subscribe, "POST", "DELETE"),
        route("{node}/blocked", block, "POST", "DELETE"),
        route("{node}", node_read, "GET"),
        route("{node}", node_update, "POST"),
        route("{node}", node_delete, "DELETE"),
    ]
