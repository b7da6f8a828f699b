"""The part of Helix that Aura speaks."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox.faults import Rule
from integrations.sandbox.standard import Grant, bearer
from integrations.sandbox.twitch.ids import digits, stream_of
from integrations.sandbox.twitch.sockets import TwitchWallet, announce, announce_end
from integrations.sandbox.world import Channel, Comment, Video, World

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

BASE = "/twitch/helix"
POINTS = 800  # a minute
MOST = 100
MAX_TEXT = 500
LONGEST_TIMEOUT = 1_209_600  # seconds: two weeks
NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
EVENTS = {
    "channel.chat.message": "user:read:chat",
    "channel.chat.message_delete": "user:read:chat",
    "stream.online": "",
    "stream.offline": "",
}

Handler = Callable[["Ask"], Any]


class HelixError(Exception):
    """A refusal in Helix's own shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def response(self) -> Response:
        """The HTTP answer."""
        body = {"error": NAMES[self.status], "status": self.status, "message": self.message}
        return JSONResponse(body, self.status)


class Ask:
    """One authorised request."""

    def __init__(
        self, request: Request, memory: "Memory", grant: Grant, body: Mapping[str, Any]
    ) -> None:
        self.memory = memory
        self.world: World = memory.world_of("twitch")
        self.wallet = cast("TwitchWallet", memory.wallet("twitch"))
        self.grant = grant
        self.query = request.query_params
        self.body = body
        self.rule = cast("Rule | None", request.scope.get("sandbox.rule"))

    @property
    def action(self) -> str:
        """What a fault rule wants of the handler itself."""
        return self.rule.action if self.rule else ""

    def channel(self, name: str = "broadcaster_id") -> Channel:
        """The channel named by a parameter, which must be the account's own."""
        given = self.query.get(name) or str(self.body.get(name, ""))
        if not given:
            raise HelixError(400, f'Missing required parameter "{name}"')
        if given != self.grant.channel_id:
            raise HelixError(401, f"The ID in {name} must match the user ID in the access token")
        return self.world.channels[given]

    def message(self) -> Comment:
        """The message named by message_id, as long as it is there."""
        channel = self.channel()
        found = self.world.comments.get(self.query.get("message_id", ""))
        if found is None or found.channel_id != channel.id or found.id in self.wallet.deleted:
            raise HelixError(404, "The ID in message_id was not found.")
        return found


class HelixEndpoints:
    """The handlers below /twitch/helix."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    @property
    def wallet(self) -> TwitchWallet:
        """Codes, tokens and sessions; a reset replaces them."""
        return cast("TwitchWallet", self.memory.wallet("twitch"))

    def routes(self) -> list[BaseRoute]:
        """The paths."""
        table: list[tuple[str, str, Handler, str]] = [
            ("GET", "users", self.users, ""),
            ("GET", "channels/followers", self.followers, "moderator:read:followers"),
            ("GET", "streams", self.streams, ""),
            ("GET", "videos", self.videos, ""),
            ("POST", "eventsub/subscriptions", self.subscribe, ""),
            ("POST", "chat/messages", self.say, "user:write:chat"),
            ("DELETE", "moderation/chat", self.delete, "moderator:manage:chat_messages"),
            ("POST", "moderation/bans", self.ban, "moderator:manage:banned_users"),
            ("DELETE", "moderation/bans", self.unban, "moderator:manage:banned_users"),
            ("GET", "moderation/banned", self.banned, "moderator:manage:banned_users"),
        ]
        return [
            Route(f"{BASE}/{path}", self._authorised(handler, scope), methods=[method])
            for method, path, handler, scope in table
        ]

    # --- reading ---------------------------------------------------------------------------------

    def users(self, ask: Ask) -> Any:
        """GET users: without parameters whoever the token is of."""
        channel = ask.world.channels[ask.grant.channel_id]
        return _data(
            [
                {
                    "id": channel.id,
                    "login": channel.handle.lstrip("@").lower(),
                    "display_name": channel.title,
                    "type": "",
                    "broadcaster_type": "affiliate",
                    "description": channel.description,
                    "profile_image_url": f"{self.memory.base}/avatars/{channel.id}.svg",
                    "created_at": channel.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            ]
        )

    def followers(self, ask: Ask) -> Any:
        """GET channels/followers: the total is all that is asked for."""
        channel = ask.channel()
        grown = int(ask.world.hours() * channel.views_per_hour) // 900
        return {"total": channel.subscribers + grown, "data": [], "pagination": {}}

    def streams(self, ask: Ask) -> Any:
        """GET streams: what is live now; nothing otherwise."""
        channel = ask.world.channels.get(ask.query.get("user_id", ""))
        if channel is None or channel.id not in ask.wallet.live:
            return _data([])
        video = ask.world.uploads(channel.id)[0]
        return _data(
            [
                {
                    "id": stream_of(video),
                    "user_id": channel.id,
                    "user_login": channel.handle.lstrip("@").lower(),
                    "game_name": "Makers & Crafting",
                    "type": "live",
                    "title": video.title,
                    "viewer_count": video.views // 900,
                    "started_at": video.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "language": channel.language,
                    "thumbnail_url": f"{self.memory.base}/thumbs/{video.id}.svg",
                    "is_mature": False,
                }
            ]
        )

    def videos(self, ask: Ask) -> Any:
        """GET videos of a channel, newest first."""
        pool = ask.world.uploads(ask.query.get("user_id", ""))
        start, size = self._place(ask, pool), self._size(ask)
        shown = pool[start : start + size]
        following = start + len(shown)
        if start and ask.action == "page_shift":
            shown = pool[start + 1 : start + 1 + size]
            following = start + 1 + len(shown)
        elif start and ask.action == "page_duplicate":
            shown, following = pool[max(start - size, 0) : start], start
        elif ask.action == "empty_page_with_next":
            shown, following = [], start
        elif ask.action == "short_page_has_more":
            shown = shown[: max(len(shown) // 3, 1)]
            following = start + len(shown)
        cursor = _cursor(following) if following < len(pool) else ""
        if ask.action == "has_more_forever" and not cursor:
            shown, cursor = shown or pool[-size:], _cursor(following + 1)
        told = _data([self._video(one) for one in shown])
        told["pagination"] = {"cursor": cursor} if cursor else {}
        return told

    def _video(self, one: Video) -> dict[str, Any]:
        return {
            "id": one.id,
            "stream_id": stream_of(one),
            "user_id": one.channel_id,
            "title": one.title,
            "description": "",
            "created_at": one.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "published_at": one.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "url": f"https://www.twitch.tv/videos/{one.id}",
            "thumbnail_url": "",
            "viewable": "public",
            "view_count": one.views,
            "language": "en",
            "type": "archive",
            "duration": f"{one.minutes}m3s",
        }

    def _size(self, ask: Ask) -> int:
        given = ask.query.get("first", "20")
        if not given.isdigit() or not 1 <= int(given) <= MOST:
            raise HelixError(400, 'The parameter "first" was malformed')
        return min(int(given), ask.wallet.page_most)

    def _place(self, ask: Ask, pool: list[Video]) -> int:
        after = ask.query.get("after", "")
        if not after:
            return 0
        if not after.startswith("eyJi") or not after[4:].isdigit():
            raise HelixError(400, "Invalid cursor.")
        return min(int(after[4:]), len(pool) + 60)

    # --- events ----------------------------------------------------------------------------------

    def subscribe(self, ask: Ask) -> Any:
        """POST eventsub/subscriptions over a session of the same person."""
        kind, condition = str(ask.body.get("type")), ask.body.get("condition") or {}
        transport = ask.body.get("transport") or {}
        if kind not in EVENTS or ask.body.get("version") != "1":
            raise HelixError(400, "The subscription type or version is unknown.")
        session = ask.wallet.sessions.get(str(transport.get("session_id")))
        if session is None or transport.get("method") != "websocket":
            raise HelixError(400, "The session does not exist or has already disconnected.")
        if EVENTS[kind] and EVENTS[kind] not in ask.grant.scopes:
            raise HelixError(403, "subscription missing proper authorization")
        wanted = ask.grant.channel_id
        if condition.get("broadcaster_user_id") != wanted or session.owner not in {"", wanted}:
            raise HelixError(403, "subscription missing proper authorization")
        if EVENTS[kind] and condition.get("user_id") != wanted:
            raise HelixError(400, "user_id is missing in the condition.")
        if kind in session.subscriptions:
            raise HelixError(409, "subscription already exists")
        made = {
            "id": digits(20, session.id, kind),
            "status": "enabled",
            "type": kind,
            "version": "1",
            "condition": dict(condition),
            "transport": {"method": "websocket", "session_id": session.id},
            "cost": 0,
        }
        session.owner = wanted
        session.subscriptions[kind] = made
        return {"data": [made], "total": 1, "total_cost": 0, "max_total_cost": 10}

    # --- acting ----------------------------------------------------------------------------------

    def say(self, ask: Ask) -> Any:
        """POST chat/messages: also below another message."""
        channel = ask.channel()
        text = str(ask.body.get("message", ""))
        if not text.strip() or len(text) > MAX_TEXT:
            raise HelixError(400, "The message field is empty or longer than 500 characters.")
        parent = ask.world.comments.get(str(ask.body.get("reply_parent_message_id", "")))
        made = ask.world.add(
            video=ask.world.uploads(channel.id)[0],
            author=ask.world.authors[channel.id],
            text=text,
            at=self.memory.clock.now(),
            parent=parent,
        )
        if ask.action == "write_ignored":
            ask.world.delete(made.id)
        else:
            announce(self.memory, made)
        return _data([{"message_id": made.id, "is_sent": True, "drop_reason": None}])

    def delete(self, ask: Ask) -> Any:
        """DELETE moderation/chat: one message, for good."""
        message = ask.message()
        if ask.action != "write_ignored":
            ask.wallet.deleted.add(message.id)
            ask.world.moderate([message], "rejected")
            announce_end(self.memory, message)
        return None

    def ban(self, ask: Ask) -> Any:
        """POST moderation/bans: with a duration it is a timeout."""
        channel = ask.channel()
        data = ask.body.get("data") or {}
        user_id, seconds = str(data.get("user_id", "")), data.get("duration")
        if not user_id or user_id == channel.id:
            raise HelixError(400, "The user specified in the user_id field may not be banned.")
        if seconds is not None and not 1 <= int(seconds) <= LONGEST_TIMEOUT:
            raise HelixError(400, "The value in the duration field is not valid.")
        banned = ask.wallet.bans.setdefault(channel.id, {})
        if banned.get(user_id, 0) is None:
            raise HelixError(400, "The user specified in the user_id field is already banned.")
        if ask.action != "write_ignored":
            banned[user_id] = None if seconds is None else int(seconds)
        return _data([{"user_id": user_id, "broadcaster_id": channel.id, "end_time": None}])

    def unban(self, ask: Ask) -> Any:
        """DELETE moderation/bans: ends a ban or a timeout."""
        banned = ask.wallet.bans.get(ask.channel().id, {})
        user_id = ask.query.get("user_id", "")
        if user_id not in banned:
            raise HelixError(
                400, "The user specified in the user_id query parameter is not banned."
            )
        if ask.action != "write_ignored":
            del banned[user_id]
        return None

    def banned(self, ask: Ask) -> Any:
        """GET moderation/banned?user_id=."""
        banned = ask.wallet.bans.get(ask.channel().id, {})
        wanted = ask.query.getlist("user_id") or list(banned)
        found = [{"user_id": one, "expires_at": ""} for one in wanted if one in banned]
        return _data(found)

    # --- doors -----------------------------------------------------------------------------------

    def _authorised(self, handler: Handler, scope: str) -> Callable[[Request], Any]:
        async def call(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                grant = self.wallet.holder(bearer(request.scope))
                if grant is None:
                    raise HelixError(401, "Invalid OAuth token")
                if request.headers.get("client-id") != self.wallet.client_id:
                    raise HelixError(401, "Client ID and OAuth token do not match")
                request.scope["sandbox.channel"] = grant.channel_id
                headers = self._spend(grant)
                # A living token that was stripped of everything is refused everywhere.
                if (scope and scope not in grant.scopes) or not grant.scopes:
                    raise HelixError(401, f"Missing scope: {scope or 'user:read:chat'}")
                raw = await request.body()
                body = json.loads(raw) if raw else {}
                told = handler(Ask(request, self.memory, grant, body))
                if told is None:
                    return Response(status_code=204, headers=headers)
                return JSONResponse(told, headers=headers)
            except HelixError as error:
                response = error.response()
                response.headers.update(headers)
                return response
            except ValueError:
                return HelixError(400, "The request is not as documented.").response()

        return call

    def _spend(self, grant: Grant) -> dict[str, str]:
        now = int(self.memory.clock.now().timestamp())
        window = f"{grant.channel_id}:{now // 60}"
        used = self.wallet.calls.get(window, 0) + 1
        if used > self.wallet.calls.get("allowance", POINTS):
            raise HelixError(429, "You have exceeded your rate limit.")
        self.wallet.calls[window] = used
        return rate_headers(POINTS - used, (now // 60 + 1) * 60)


def rate_headers(remaining: int, reset: int) -> dict[str, str]:
    """What Helix tells of its allowance: the reset is a time since 1970."""
    return {
        "Ratelimit-Limit": str(POINTS),
        "Ratelimit-Remaining": str(max(remaining, 0)),
        "Ratelimit-Reset": str(reset),
    }


def _data(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": items}


def _cursor(place: int) -> str:
    return f"eyJi{place}"
