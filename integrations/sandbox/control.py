"""The control plane below /_ctl/: what tests and demos do to the sandbox."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox import hub
from integrations.sandbox.dialects import DIALECTS
from integrations.sandbox.memory import Memory
from integrations.sandbox.twitch import sockets
from integrations.sandbox.world import STATUSES, Channel, Comment, Status, Video, World

Action = Callable[[dict[str, Any]], Any]


class ControlError(Exception):
    """The control call makes no sense; the sentence says why."""


class Control:
    """Every call needs the token in X-Sandbox-Token; bodies and answers are JSON."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def routes(self) -> list[Route]:
        """The control paths."""
        posts: dict[str, Action] = {
            "reset": self.reset,
            "comments": self.comments,
            "clock": self.clock,
            "tokens": self.tokens,
            "faults": self.add_fault,
            "quota": self.quota,
            "webhooks": self.prepare_push,
            "sockets": self.disturb_sockets,
            "live": self.live,
        }
        gets: dict[str, Action] = {
            "state": self.state,
            "accounts": self.accounts,
            "requests": self.requests,
            "comments": self.find_comments,
            "faults": self.list_faults,
        }
        deletes: dict[str, Action] = {
            "faults": self.clear_faults,
            "requests": self.clear_requests,
        }
        tables = (("POST", posts), ("GET", gets), ("DELETE", deletes))
        return [
            Route(f"/_ctl/{name}", self._guarded(action), methods=[method])
            for method, table in tables
            for name, action in table.items()
        ]

    def _guarded(self, action: Action) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            given = request.headers.get("x-sandbox-token", "")
            if not secrets.compare_digest(given.encode(), self.memory.options.token.encode()):
                return JSONResponse({"error": "wrong or missing X-Sandbox-Token"}, 403)
            fields: dict[str, Any] = dict(request.query_params)
            try:
                raw = await request.body()
                if raw:
                    fields |= await request.json()
                return JSONResponse(action(fields))
            except (ControlError, ValueError, TypeError, KeyError) as error:
                return JSONResponse({"error": str(error) or type(error).__name__}, 400)

        return call

    # --- the whole -------------------------------------------------------------------------------

    def reset(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{seed?, comments?, keep_grants?}: begin again; worlds come into being when asked for."""
        self.memory.reset(
            seed=_whole(fields.get("seed")),
            comments=_whole(fields.get("comments")),
            keep_grants=bool(fields.get("keep_grants")),
        )
        return {"seed": self.memory.options.seed, "now": self.memory.clock.now().isoformat()}

    def state(self, fields: dict[str, Any]) -> dict[str, Any]:
        """?platform=: counts, clock, quota, faults."""
        memory, world = self.memory, self._world(fields)
        wallet = memory.wallet(self._kind(fields))
        channels: dict[str, dict[str, Any]] = {}
        for channel in world.channels.values():
            found = [c for c in world.comments.values() if c.channel_id == channel.id]
            channels[channel.key] = {
                "id": channel.id,
                "comments": len(found),
                **{status: sum(c.status == status for c in found) for status in STATUSES},
                "grants": len(wallet.grants_of(channel.id)),
                "banned": len(world.bans.get(channel.id, ())),
            }
        return {
            "seed": memory.options.seed,
            "now": memory.clock.now().isoformat(),
            "channels": channels,
            "quota": {
                "limit": memory.ledger.limit,
                "used": sum(
                    used
                    for (_, day), used in memory.ledger.used.items()
                    if day == memory.ledger.today()
                ),
            },
            "requests": memory.journal.count,
            "faults": [rule.describe() for rule in memory.faults.rules],
        }

    def accounts(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        """?platform=: channels with their videos, newest first."""
        world = self._world(fields)
        return [
            {
                "key": channel.key,
                "id": channel.id,
                "title": channel.title,
                "handle": channel.handle,
                "uploads": channel.uploads,
                "videos": [
                    {"id": v.id, "title": v.title, "comments_enabled": v.comments_enabled}
                    for v in world.uploads(channel.id)
                ],
            }
            for channel in world.channels.values()
        ]

    def requests(self, fields: dict[str, Any]) -> dict[str, Any]:
        """?path_re=&method=&since=: the journal."""
        found = self.memory.journal.find(
            str(fields.get("path_re", "")),
            str(fields.get("method", "")),
            int(fields.get("since", 0)),
        )
        return {"count": len(found), "requests": found}

    def clear_requests(self, _fields: dict[str, Any]) -> dict[str, Any]:
        """Forget the journal's entries; numbering goes on."""
        self.memory.journal.entries.clear()
        return {"count": 0}

    def clock(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{advance_s}: let time pass."""
        self.memory.clock.offset += timedelta(seconds=float(fields["advance_s"]))
        return {"now": self.memory.clock.now().isoformat()}

    def quota(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{limit?, used?}: today's allowance."""
        ledger = self.memory.ledger
        if "limit" in fields:
            ledger.limit = int(fields["limit"])
        if "used" in fields:
            ledger.used[self.memory.options.client_id, ledger.today()] = int(fields["used"])
        return {"limit": ledger.limit}

    def tokens(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{op: expire|revoke, channel?, platform?}: tokens run out, or consent is taken back."""
        channel = self._channel(fields).id if fields.get("channel") else ""
        wallet = self.memory.wallet(self._kind(fields))
        if fields.get("op") == "expire":
            return {"expired": wallet.expire(channel)}
        if fields.get("op") == "revoke":
            ended = wallet.grants_of(channel)
            for grant in ended:
                wallet.end(grant)
            return {"revoked": len(ended)}
        raise ControlError("op must be expire or revoke")

    def prepare_push(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{platform, ...}: the signed headers and body of a delivery, for a test to carry over.

        What else is in the fields is the platform's own: an event, an account, a comment, or how
        the delivery is spoiled.
        """
        kind = self._kind(fields)
        push = DIALECTS[kind].push if kind in DIALECTS else hub.push
        headers, body = push(self.memory, fields)
        return {"headers": headers, "body": body.decode()}

    def live(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{op: start|say|remove|stop, channel?, text?, author?, n?, id?}: a broadcast's chat.

        `n` lines at once, with {i} in their text.
        """
        stage, channel = self.memory.stage, self._channel(fields)
        op = str(fields["op"])
        if op == "start":
            chat = stage.start(channel.id, self._video(fields).id)
            return {"id": chat.id, "video_id": chat.video_id}
        (chat,) = stage.on_air(channel.id)
        if op == "stop":
            chat.ended_at = self.memory.clock.now()
        elif op == "remove":
            found = stage.line(str(fields["id"]))
            if found is None:
                raise ControlError("no such message")
            stage.remove(*found)
        elif op == "say":
            author = self._world(fields).author(str(fields.get("author") or "@a.passer.by"))
            texts = [
                str(fields["text"]).replace("{i}", str(i)) for i in range(int(fields.get("n", 1)))
            ]
            said = [stage.say(chat, author, text) for text in texts]
            return {"ids": [one.id for one in said if one], "author_id": author.id}
        else:
            raise ControlError("op must be start, say, remove or stop")
        return {"id": chat.id}

    def disturb_sockets(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{op, channel?, ...}: what happens to Twitch's sessions; see `twitch.sockets.disturb`."""
        return sockets.disturb(self.memory, fields)

    # --- faults ----------------------------------------------------------------------------------

    def add_fault(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{match: {path_re, method, nth}, times, action, ...}."""
        return self.memory.faults.add(fields).describe()

    def list_faults(self, _fields: dict[str, Any]) -> list[dict[str, Any]]:
        """The rules in force."""
        return [rule.describe() for rule in self.memory.faults.rules]

    def clear_faults(self, _fields: dict[str, Any]) -> list[dict[str, Any]]:
        """No more faults."""
        self.memory.faults.clear()
        return []

    # --- comments --------------------------------------------------------------------------------

    def comments(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{op: add|edit|delete|burst, ...}; see each."""
        ops: dict[str, Action] = {
            "add": self.add_comment,
            "edit": self.edit_comment,
            "delete": self.delete_comment,
            "burst": self.burst,
        }
        op = str(fields.get("op", "add"))
        if op not in ops:
            raise ControlError(f"op must be one of {', '.join(ops)}")
        made: dict[str, Any] = ops[op](fields)
        return made

    def add_comment(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{text, platform?, channel?, video?, author?, parent?, status?, at?}."""
        world = self._world(fields)
        parent = self._comment(fields, "parent") if fields.get("parent") else None
        made = world.add(
            video=world.videos[parent.video_id] if parent else self._video(fields),
            author=world.author(str(fields.get("author") or "@a.passer.by")),
            text=str(fields["text"]),
            at=self._moment(fields),
            parent=parent,
            status=_status(fields),
        )
        self.memory.announce(self._kind(fields), made)
        return _shown(made)

    def edit_comment(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{id, text}."""
        comment = self._comment(fields)
        self._world(fields).edit(comment, str(fields["text"]))
        return _shown(comment)

    def delete_comment(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{id}: deleted by its author."""
        comment = self._comment(fields)
        self._world(fields).delete(comment.id)
        return _shown(comment)

    def burst(self, fields: dict[str, Any]) -> dict[str, Any]:
        """{n, channel?, video?, author?, text?, abusive?, spread_s?}: many at once.

        Without `text` the crowd chooses the words, abusive ones when `abusive` says so.
        """
        count = int(fields["n"])
        video = self._video(fields)
        world = self._world(fields)
        channel = world.channels[video.channel_id]
        spread = float(fields.get("spread_s", 0))
        now = self.memory.clock.now()
        made = []
        for position in range(count):
            at = now - timedelta(seconds=spread * (count - position) / max(count, 1))
            if fields.get("text"):
                comment = world.add(
                    video=video,
                    author=world.author(str(fields.get("author") or "@a.passer.by")),
                    text=str(fields["text"]).replace("{i}", str(position)),
                    at=at,
                )
            else:
                comment = self.memory.crowd_of(self._kind(fields)).post(
                    channel, abusive=bool(fields.get("abusive")), video=video, at=at
                )
            self.memory.announce(self._kind(fields), comment)
            made.append(comment.id)
        return {"ids": made}

    def find_comments(self, fields: dict[str, Any]) -> dict[str, Any]:
        """?id= or ?platform=&channel=&video=&status=&text=&limit=: newest first."""
        if fields.get("id"):
            return {"comments": [_shown(self._comment(fields))]}
        channel = self._channel(fields).id if fields.get("channel") else ""
        wanted = [
            comment
            for comment in self._world(fields).comments.values()
            if (not channel or comment.channel_id == channel)
            and fields.get("video", comment.video_id) == comment.video_id
            and fields.get("status", comment.status) == comment.status
            and str(fields.get("text", "")) in comment.text
        ]
        wanted.sort(key=lambda comment: comment.published_at, reverse=True)
        return {"comments": [_shown(c) for c in wanted[: int(fields.get("limit", 100))]]}

    # --- finding things --------------------------------------------------------------------------

    def _kind(self, fields: dict[str, Any]) -> str:
        kind = str(fields.get("platform") or "youtube")
        if kind != "youtube" and kind not in DIALECTS:
            raise ControlError(f"no platform {kind!r}")
        return kind

    def _world(self, fields: dict[str, Any]) -> World:
        return self.memory.world_of(self._kind(fields))

    def _channel(self, fields: dict[str, Any]) -> Channel:
        channels = list(self._world(fields).channels.values())
        name = str(fields.get("channel") or channels[0].key)
        for channel in channels:
            if name in {channel.id, channel.key, channel.handle}:
                return channel
        raise ControlError(f"no channel {name!r}")

    def _video(self, fields: dict[str, Any]) -> Video:
        world = self._world(fields)
        if fields.get("video"):
            video = world.videos.get(str(fields["video"]))
            if video is None:
                raise ControlError(f"no video {fields['video']!r}")
            return video
        uploads = world.uploads(self._channel(fields).id)
        return next(video for video in uploads if video.comments_enabled)

    def _comment(self, fields: dict[str, Any], name: str = "id") -> Comment:
        comment_id = str(fields[name])
        comment = self._world(fields).comments.get(comment_id)
        if comment is None:
            raise ControlError(f"no comment {comment_id!r}")
        return comment

    def _moment(self, fields: dict[str, Any]) -> datetime:
        given = fields.get("at")
        return datetime.fromisoformat(str(given)) if given else self.memory.clock.now()


def _status(fields: dict[str, Any]) -> Status:
    given = str(fields.get("status", "published"))
    for status in STATUSES:
        if status == given:
            return status
    raise ControlError(f"status must be one of {', '.join(STATUSES)}")


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _shown(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "channel_id": comment.channel_id,
        "video_id": comment.video_id,
        "parent_id": comment.parent_id,
        "author_id": comment.author_id,
        "text": comment.text,
        "status": comment.status,
        "published_at": comment.published_at.isoformat(),
        "updated_at": comment.updated_at.isoformat(),
    }
