"""Reddit's API: token endpoint with Basic, listings by fullname, trees, moderators' acts."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox.faults import Rule
from integrations.sandbox.oauth import form_of
from integrations.sandbox.reddit import shapes
from integrations.sandbox.reddit.shapes import RedditError, Tree
from integrations.sandbox.standard import Grant, GrantError, Wallet, bearer
from integrations.sandbox.world import Comment, Video, World

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

BASE = "/reddit/oauth"
LIFE_S = 86_400
WINDOW_S = 600
ALLOWANCE = 1_000  # calls of a window: 100 a minute, averaged over ten
MOST = 100  # of one page, or ids of one call
LISTED_MOST = 1_000  # a listing goes no further back
TREE_MOST = 500
MAX_TEXT = 10_000
AGENT = re.compile(r"^\w+:[\w.-]+:v[\w.]+ \(by /u/[\w-]+\)$")

Handler = Callable[["Ask"], Any]


class Ask:
    """One authorised request with its parameters, wherever they travelled."""

    def __init__(
        self, request: Request, memory: "Memory", grant: Grant, given: Mapping[str, str]
    ) -> None:
        self.memory = memory
        self.world: World = memory.world_of("reddit")
        self.grant = grant
        self.given = given
        self.place = {name: str(value) for name, value in request.path_params.items()}
        self.rule = cast("Rule | None", request.scope.get("sandbox.rule"))

    @property
    def action(self) -> str:
        """What a fault rule wants of the handler itself."""
        return self.rule.action if self.rule else ""

    def limit(self, default: int, most: int) -> int:
        """The `limit` parameter; Reddit clamps and never refuses."""
        given = self.given.get("limit", "")
        return min(max(int(given), 1), most) if given.isdigit() else default

    def thing(self, name: str) -> Comment:
        """The comment that a parameter names by its fullname."""
        found = self.world.comments.get(self.given.get(name, ""))
        if found is None or found.status == "rejected":
            raise RedditError(404, "Not Found")
        return found

    def moderated(self) -> Comment:
        """The comment named by `id`, where the account moderates."""
        comment = self.thing("id")
        video = self.world.videos[comment.video_id]
        if comment.channel_id != self.grant.channel_id or not shapes.is_moderator(
            self.world, video
        ):
            raise RedditError(403, "Forbidden")
        return comment


class RedditEndpoints:
    """The handlers below /reddit."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    @property
    def wallet(self) -> Wallet:
        """Codes and tokens; a reset replaces them."""
        return cast("Wallet", self.memory.wallet("reddit"))

    def routes(self) -> list[BaseRoute]:
        """Reddit's paths."""
        table: list[tuple[str, str, Handler, str]] = [
            ("GET", "api/v1/me", self.me, "identity"),
            ("GET", "api/info", self.info, "read"),
            ("GET", "api/morechildren", self.more_children, "read"),
            ("GET", "user/{name}/submitted", self.submitted, "history"),
            ("GET", "comments/{article}", self.tree, "read"),
            ("GET", "comments/{article}/_/{comment}", self.tree, "read"),
            ("POST", "api/comment", self.comment, "submit"),
            ("POST", "api/remove", self.remove, "modposts"),
            ("POST", "api/approve", self.approve, "modposts"),
            ("POST", "r/{place}/api/friend", self.ban, "modcontributors"),
            ("POST", "r/{place}/api/unfriend", self.ban, "modcontributors"),
            ("GET", "r/{place}/about/banned", self.banned, "read"),
        ]
        return [
            Route("/reddit/api/v1/access_token", self.token, methods=["POST"]),
            Route("/reddit/api/v1/revoke_token", self.revoke, methods=["POST"]),
            *(
                Route(f"{BASE}/{path}", self._authorised(handler, scope), methods=[method])
                for method, path, handler, scope in table
            ),
        ]

    # --- tokens ----------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """POST access_token: refusals of a grant come with HTTP 200."""
        if refused := self._as_app(request):
            return refused
        fields = await form_of(request)
        try:
            if fields.get("grant_type") == "authorization_code":
                grant, access = self.wallet.exchange(
                    fields.get("code", ""), fields.get("redirect_uri", "")
                )
                renewal = {"refresh_token": grant.refresh} if grant.refresh else {}
            elif fields.get("grant_type") == "refresh_token":
                grant, access = self.wallet.refresh(fields.get("refresh_token", ""))
                renewal = {"refresh_token": grant.refresh}  # the same again
            else:
                raise GrantError("unsupported_grant_type")
        except GrantError as error:
            return oauth_refusal(error)
        body = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": LIFE_S,
            "scope": " ".join(grant.scopes),
            **renewal,
        }
        return JSONResponse(body)

    async def revoke(self, request: Request) -> Response:
        """POST revoke_token: 204, whether there was such a token or not."""
        if refused := self._as_app(request):
            return refused
        self.wallet.revoke((await form_of(request)).get("token", ""))
        return Response(status_code=204)

    def _as_app(self, request: Request) -> Response | None:
        """The refusal of a client that names itself wrongly."""
        if not is_honest(request):
            return RedditError(429, "Too Many Requests").response()
        word, _, packed = request.headers.get("authorization", "").partition(" ")
        try:
            client_id, _, secret = base64.b64decode(packed).decode().partition(":")
            self.wallet.check(client_id if word.lower() == "basic" else "", secret)
        except (ValueError, GrantError):
            return RedditError(401, "Unauthorized").response()
        return None

    # --- reading ---------------------------------------------------------------------------------

    def me(self, ask: Ask) -> Any:
        """GET /api/v1/me."""
        return shapes.me(ask.world, ask.world.channels[ask.grant.channel_id], self.memory.base)

    def submitted(self, ask: Ask) -> Any:
        """GET /user/{name}/submitted: by fullname; a place that is gone ends the listing."""
        channels = ask.world.channels.values()
        named = [c for c in channels if shapes.name_of(c.handle) == ask.place["name"]]
        if not named:
            raise RedditError(404, "Not Found")
        pool = ask.world.uploads(named[0].id)[:LISTED_MOST]
        start, after = 0, ask.given.get("after", "")
        if after:
            places = [place for place, video in enumerate(pool) if video.id == after]
            start = places[0] + 1 if places else len(pool)
        size = ask.limit(25, MOST)
        shown = pool[start : start + size]
        following = shown[-1].id if start + size < len(pool) else None
        return shapes.listing(
            [shapes.link(ask.world, one, self.memory.base) for one in shown], following
        )

    def tree(self, ask: Ask) -> Any:
        """GET /comments/{article}: the post, and its comments as a tree with stubs."""
        video = self._video(ask.world, f"t3_{ask.place['article']}")
        tree = Tree(ask.world, ask.limit(200, TREE_MOST))
        pool = tree.tops(video)
        if wanted := ask.place.get("comment"):
            pool = [c for c in ask.world.of_video(video.id) if c.id == f"t1_{wanted}"]
        told = shapes.listing(tree.of(pool, video.id))
        return [shapes.listing([shapes.link(ask.world, video, self.memory.base)]), told]

    def info(self, ask: Ask) -> Any:
        """GET /api/info?id=: what there is of these fullnames, without a word on the rest."""
        wanted = ask.given.get("id", "").split(",")[:MOST]
        found = [c for one in wanted if (c := ask.world.comments.get(one))]
        return shapes.listing(
            [shapes.comment(ask.world, one) for one in found if one.status != "rejected"]
        )

    def more_children(self, ask: Ask) -> Any:
        """GET /api/morechildren: flat, parents first; what is gone is simply not there."""
        video = self._video(ask.world, ask.given.get("link_id", ""))
        asked = [f"t1_{one}" for one in ask.given.get("children", "").split(",")[:MOST]]
        found = [c for one in asked if (c := ask.world.comments.get(one))]
        found = [c for c in found if c.video_id == video.id and c.status in shapes.LISTED]
        if ask.action == "page_shift":
            found = found[int(ask.rule.params.get("by", 1)) if ask.rule else 1 :]
        elif ask.action == "empty_page_with_next":
            found = []
        elif ask.action == "short_page_has_more":
            found = found[: max(len(found) // 3, 1)]
        tree = Tree(ask.world, TREE_MOST)
        things = [thing for one in found for thing in tree.flat(one, 0)]
        if ask.action == "page_duplicate":
            things += [shapes.comment(ask.world, one) for one in tree.tops(video)[:MOST]]
        elif ask.action in {"has_more_forever", "short_page_has_more"}:
            things.append(shapes.more(asked, video.id, len(asked), 0))
        return {"json": {"errors": [], "data": {"things": things}}}

    # --- acting ----------------------------------------------------------------------------------

    def comment(self, ask: Ask) -> Any:
        """POST /api/comment: an answer to a comment or a post."""
        text, name = ask.given.get("text", ""), ask.given.get("thing_id", "")
        if not text.strip():
            return shapes.failed("NO_TEXT", "we need something here", "text")
        if len(text) > MAX_TEXT:
            told = f"this is too long (max: {MAX_TEXT})"
            return shapes.failed("TOO_LONG", told, "text")
        parent = ask.world.comments.get(name)
        if name.startswith("t1_") and parent is None:
            return shapes.failed("DELETED_COMMENT", "that comment has been deleted", "parent")
        video = self._video(ask.world, parent.video_id if parent else name)
        if not video.comments_enabled:
            told = "Comments are locked. You won't be able to comment."
            return shapes.failed("THREAD_LOCKED", told, "parent")
        made = ask.world.add(
            video=video,
            author=ask.world.authors[ask.grant.channel_id],
            text=text,
            at=self.memory.clock.now(),
            parent=parent,
        )
        answer = shapes.done([shapes.comment(ask.world, made)])
        if ask.action == "write_ignored":
            ask.world.delete(made.id)
        return answer

    def remove(self, ask: Ask) -> Any:
        """POST /api/remove: out of sight for all but moderators and the author."""
        comment = ask.moderated()
        spam = ask.given.get("spam", "true").lower() == "true"
        if ask.action != "write_ignored":
            ask.world.moderate([comment], "likelySpam" if spam else "heldForReview")
        return {}

    def approve(self, ask: Ask) -> Any:
        """POST /api/approve: back in sight."""
        comment = ask.moderated()
        if ask.action not in {"write_ignored", "unhide_noop"}:
            ask.world.moderate([comment], "published")
        return {}

    def ban(self, ask: Ask) -> Any:
        """POST /r/{sub}/api/friend and unfriend, type=banned."""
        channel = ask.world.channels[ask.grant.channel_id]
        if ask.place["place"] != f"u_{shapes.name_of(channel.handle)}":
            raise RedditError(403, "Forbidden")
        if ask.given.get("type") != "banned":
            raise RedditError(400, "Bad Request")
        people = ask.world.authors.values()
        named = [p for p in people if shapes.name_of(p.handle) == ask.given.get("name")]
        if not named:
            return shapes.failed("USER_DOESNT_EXIST", "that user doesn't exist", "name")
        banned = ask.world.bans.setdefault(channel.id, set())
        if ask.action == "write_ignored":
            return shapes.done()
        (banned.discard if "unban" in ask.given else banned.add)(named[0].id)
        return shapes.done()

    def banned(self, ask: Ask) -> Any:
        """GET /r/{sub}/about/banned?user=."""
        channel = ask.world.channels[ask.grant.channel_id]
        if ask.place["place"] != f"u_{shapes.name_of(channel.handle)}":
            raise RedditError(403, "Forbidden")
        people = [ask.world.authors[one] for one in ask.world.bans.get(channel.id, ())]
        names = [shapes.name_of(person.handle) for person in people]
        wanted = ask.given.get("user", "").casefold()
        found = [{"name": n} for n in names if not wanted or n.casefold() == wanted]
        return {"kind": "UserList", "data": {"children": found}}

    # --- doors -----------------------------------------------------------------------------------

    def _video(self, world: World, fullname: str) -> Video:
        found = world.videos.get(fullname)
        if found is None:
            raise RedditError(404, "Not Found")
        return found

    def _authorised(self, handler: Handler, scope: str) -> Callable[[Request], Any]:
        async def call(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                if not is_honest(request):
                    raise RedditError(429, "Too Many Requests")
                grant = self.wallet.holder(bearer(request.scope))
                if grant is None:
                    raise RedditError(401, "Unauthorized", error="invalid_token")
                request.scope["sandbox.channel"] = grant.channel_id
                headers = self._spend()
                if scope not in grant.scopes:
                    raise RedditError(403, "Forbidden", error="insufficient_scope")
                given = dict(request.query_params)
                raw = await request.body()
                given |= dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
                if request.url.path.endswith("/unfriend"):
                    given["unban"] = "yes"
                body = handler(Ask(request, self.memory, grant, given))
                return Response(
                    json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"),
                    media_type="application/json",
                    headers=headers,
                )
            except RedditError as error:
                response = error.response()
                response.headers.update(headers)
                return response

        return call

    def _spend(self) -> dict[str, str]:
        """Book a call; its headers. RedditError 429 when the window is full."""
        now = int(self.memory.clock.now().timestamp())
        window = str(now // WINDOW_S)
        used = self.wallet.calls.get(window, 0) + 1
        allowance = self.wallet.calls.get("allowance", ALLOWANCE)
        if used > allowance:
            raise RedditError(429, "Too Many Requests")
        self.wallet.calls[window] = used
        return rate_headers(allowance - used, used, WINDOW_S - now % WINDOW_S)


def rate_headers(remaining: int, used: int, reset_s: int) -> dict[str, str]:
    """What Reddit tells of its allowance in every answer."""
    return {
        "x-ratelimit-remaining": f"{remaining:.1f}",
        "x-ratelimit-used": str(used),
        "x-ratelimit-reset": str(reset_s),
    }


def is_honest(request: Request) -> bool:
    """Whether the caller names its app and its operator, as Reddit demands."""
    return bool(AGENT.match(request.headers.get("user-agent", "")))


def oauth_refusal(error: GrantError) -> Response:
    """A refusal of the token endpoint: HTTP 200 all the same."""
    return JSONResponse({"error": error.error})
