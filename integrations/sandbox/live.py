"""YouTube's live chats in the sandbox: broadcasts, messages, bans, and the pace of asking."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from integrations.sandbox import shapes
from integrations.sandbox.shapes import ApiError
from integrations.sandbox.world import Author, Clock, token

if TYPE_CHECKING:
    from integrations.sandbox.youtube import Ask

PACE_MS = 4_000  # what YouTube says between two pages
HISTORY = 200  # messages of a first page


@dataclass(slots=True)
class Message:
    """One line of a chat, or an event in it (`kind`); `about` is what a deletion is about."""

    id: str
    author: Author
    text: str
    at: datetime
    kind: str = "textMessageEvent"
    about: str = ""


@dataclass(slots=True)
class Chat:
    """The chat of one broadcast."""

    id: str
    channel_id: str
    video_id: str
    began_at: datetime
    ended_at: datetime | None = None
    lines: list[Message] = field(default_factory=list)
    bans: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)  # id: who, until
    asked: dict[str, datetime] = field(default_factory=dict)  # by client: when it last asked


@dataclass
class Stage:
    """Every broadcast that is or was on air."""

    clock: Clock
    chats: dict[str, Chat] = field(default_factory=dict)

    def start(self, channel_id: str, video_id: str) -> Chat:
        """Go on air with a video."""
        chat_id = "KicK" + token(40, "chat", video_id, len(self.chats))
        chat = Chat(chat_id, channel_id, video_id, self.clock.now().replace(microsecond=0))
        self.chats[chat_id] = chat
        return chat

    def say(self, chat: Chat, author: Author, text: str) -> Message | None:
        """Somebody writes; a banned person's line reaches nobody."""
        now = self.clock.now()
        if any(who == author.id and (not end or end > now) for who, end in chat.bans.values()):
            return None
        made = Message("LCC." + token(38, chat.id, len(chat.lines)), author, text, now)
        chat.lines.append(made)
        return made

    def remove(self, chat: Chat, message: Message) -> None:
        """A line goes; those who listen are told by an event."""
        # Page tokens count positions, so the place of the line stays taken.
        message.kind, message.text = "tombstone", ""
        gone = Message(
            "LCC." + token(38, chat.id, "gone", message.id),
            message.author,
            "",
            self.clock.now(),
            "messageDeletedEvent",
            message.id,
        )
        chat.lines.append(gone)

    def on_air(self, channel_id: str) -> list[Chat]:
        """A channel's chats that are open now."""
        return [c for c in self.chats.values() if c.channel_id == channel_id and not c.ended_at]

    def line(self, message_id: str) -> tuple[Chat, Message] | None:
        """Where a message is."""
        for chat in self.chats.values():
            for one in chat.lines:
                if one.id == message_id and one.kind == "textMessageEvent":
                    return chat, one
        return None


def broadcasts(ask: "Ask") -> Response:
    """GET liveBroadcasts: exactly one filter, and only those of the token's channel."""
    ask.parts("snippet", "status", "contentDetails")
    ask.one_filter("broadcastStatus", "id", "mine")
    wanted = ask.choice("broadcastStatus", "all", "active", "all", "completed", "upcoming")
    found = [c for c in ask.memory.stage.chats.values() if c.channel_id == ask.grant.channel_id]
    if wanted == "active":
        found = [chat for chat in found if not chat.ended_at]
    elif wanted == "completed":
        found = [chat for chat in found if chat.ended_at]
    elif wanted == "upcoming":
        found = []
    items = [_broadcast(ask, chat) for chat in found]
    body = shapes.listing("liveBroadcast", items, total=len(items), size=5, next_token=None)
    return JSONResponse(body)


def messages(ask: "Ask") -> Response:
    """GET liveChat/messages: the latest history, then what came since the page token."""
    ask.parts("snippet", "authorDetails")
    chat = _chat(ask, ask.query.get("liveChatId", ""))
    now = ask.memory.clock.now()
    if chat.ended_at:
        raise ApiError("liveChatEnded", status=403, domain="youtube.liveChat")
    last = chat.asked.get(ask.grant.client_id)
    given = ask.query.get("pageToken", "")
    if given and last and now - last < timedelta(milliseconds=_pace(ask) * 0.9):
        raise ApiError("rateLimitExceeded", status=403)
    chat.asked[ask.grant.client_id] = now
    start = _position(given, chat) if given else max(0, len(chat.lines) - HISTORY)
    size = ask.size(500, 2000)
    shown = chat.lines[start : start + size]
    body = shapes.listing(
        "liveChatMessage",
        [_resource(ask, chat, line) for line in shown],
        total=len(shown),
        size=len(shown),
        next_token=_token(start + len(shown)),
    )
    body["pollingIntervalMillis"] = _pace(ask)
    return JSONResponse(body)


def delete_message(ask: "Ask") -> Response:
    """DELETE liveChat/messages."""
    ask.one_filter("id")
    found = ask.memory.stage.line(ask.query["id"])
    if found is None or found[0].channel_id != ask.grant.channel_id:
        raise ApiError("liveChatMessageNotFound", status=404, domain="youtube.liveChat")
    if not (ask.rule and ask.rule.action == "write_ignored"):
        ask.memory.stage.remove(*found)
    return Response(status_code=204)


def insert_ban(ask: "Ask") -> Response:
    """POST liveChat/bans: for good, or for banDurationSeconds."""
    ask.parts("snippet")
    snippet = ask.body.get("snippet") if isinstance(ask.body, dict) else None
    snippet = snippet if isinstance(snippet, dict) else {}
    chat = _chat(ask, str(snippet.get("liveChatId", "")))
    who = str((snippet.get("bannedUserDetails") or {}).get("channelId", ""))
    kind, seconds = snippet.get("type"), snippet.get("banDurationSeconds")
    if kind not in {"permanent", "temporary"} or (kind == "temporary") != bool(seconds):
        raise ApiError("invalidParameter", location="snippet.type")
    if not who or who == chat.channel_id:
        raise ApiError("liveChatBanInsertionNotAllowed", status=403, domain="youtube.liveChat")
    end = ask.memory.clock.now() + timedelta(seconds=int(seconds)) if seconds else None
    ban_id = "BAN." + token(30, chat.id, who, len(chat.bans))
    chat.bans[ban_id] = (who, end)
    return JSONResponse(
        {"kind": "youtube#liveChatBan", "etag": shapes.etag(ban_id), "id": ban_id}
        | {"snippet": snippet}
    )


def delete_ban(ask: "Ask") -> Response:
    """DELETE liveChat/bans."""
    ask.one_filter("id")
    for chat in ask.memory.stage.chats.values():
        if chat.channel_id == ask.grant.channel_id and ask.query["id"] in chat.bans:
            del chat.bans[ask.query["id"]]
            return Response(status_code=204)
    raise ApiError("liveChatBanNotFound", status=404, domain="youtube.liveChat")


def _pace(ask: "Ask") -> int:
    return int(ask.rule.params.get("ms", PACE_MS)) if ask.rule else PACE_MS


def _chat(ask: "Ask", chat_id: str) -> Chat:
    chat = ask.memory.stage.chats.get(chat_id)
    if chat is None or chat.channel_id != ask.grant.channel_id:
        raise ApiError("liveChatNotFound", status=404, domain="youtube.liveChat")
    return chat


def _broadcast(ask: "Ask", chat: Chat) -> dict[str, Any]:
    video = ask.world.videos[chat.video_id]
    return {
        "kind": "youtube#liveBroadcast",
        "etag": shapes.etag(chat.id),
        "id": video.id,
        "snippet": {
            "publishedAt": shapes.stamp(chat.began_at),
            "channelId": chat.channel_id,
            "title": video.title,
            "description": video.description,
            "actualStartTime": shapes.stamp(chat.began_at),
            "isDefaultBroadcast": False,
            "liveChatId": chat.id,
        },
        "status": {"lifeCycleStatus": "complete" if chat.ended_at else "live"},
    }


def _resource(ask: "Ask", chat: Chat, line: Message) -> dict[str, Any]:
    snippet: dict[str, Any] = {
        "type": line.kind,
        "liveChatId": chat.id,
        "authorChannelId": line.author.id,
        "publishedAt": line.at.isoformat().replace("+00:00", "Z"),
        "hasDisplayContent": line.kind == "textMessageEvent",
    }
    if line.kind == "messageDeletedEvent":
        snippet["messageDeletedDetails"] = {"deletedMessageId": line.about}
    elif line.kind == "textMessageEvent":
        snippet |= {
            "displayMessage": line.text,
            "textMessageDetails": {"messageText": line.text},
        }
    return {
        "kind": "youtube#liveChatMessage",
        "etag": shapes.etag(line.id),
        "id": line.id,
        "snippet": snippet,
        "authorDetails": {
            "channelId": line.author.id,
            "channelUrl": f"http://www.youtube.com/channel/{line.author.id}",
            "displayName": line.author.handle,
            "profileImageUrl": f"{ask.base}avatars/{line.author.id}.svg",
            "isVerified": False,
            "isChatOwner": line.author.id == chat.channel_id,
            "isChatSponsor": False,
            "isChatModerator": False,
        },
    }


def _token(position: int) -> str:
    return "GLIV" + base64.urlsafe_b64encode(f"live.{position}".encode()).decode().rstrip("=")


def _position(given: str, chat: Chat) -> int:
    try:
        text = given.removeprefix("GLIV")
        name, _dot, position = (
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(".")
        )
        if name == "live":
            return min(int(position), len(chat.lines))
    except ValueError:
        pass
    raise ApiError("pageTokenInvalid", status=400, location="pageToken")
