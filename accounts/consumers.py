"""One socket per open page: authenticate, join the workspace's group, forward pokes."""

import time
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts import gates, live, tenancy
from accounts.middleware import workspace_of
from accounts.models import LiveEvent, Workspace

RECHECK_SECONDS = 60
MAX_FRAMES = 30  # frames a browser may send in FRAME_SECONDS; a page sends one per connect
FRAME_SECONDS = 10
MAX_FRAME_BYTES = 8192
REPLAY_LIMIT = 200
UNKNOWN_HOST, FOREIGN_ORIGIN, SIGNED_OUT, NOT_A_MEMBER = 4404, 4403, 4401, 4403


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Sends `{"seq": n, "name": "alerts"}`; receives `{"since": n}` once after connecting.

    The page re-fetches its fragments over HTTP, so no content and no permission travels here, but
    for the words of an answer that grows: `{"box", "at", "text"}`, to who asked for it alone.
    """

    workspace: Workspace | None = None
    user_id: int | None = None

    async def connect(self) -> None:
        """Accept a member whose page was served by this very host."""
        headers = {name.decode("latin1"): value.decode("latin1")
                   for name, value in self.scope["headers"]}  # fmt: skip
        host = headers.get("host", "")
        self.workspace = await database_sync_to_async(workspace_of)(host.rsplit(":", 1)[0])
        if self.workspace is None:
            await self.close(code=UNKNOWN_HOST)
            return
        # A wildcard of allowed hosts would let one workspace's page open another's socket.
        if headers.get("origin", "").partition("://")[2] != host:
            await self.close(code=FOREIGN_ORIGIN)
            return
        user = self.scope.get("user")
        session = self.scope.get("session")
        bound = await sync_to_async(session.get)("schema") if session is not None else None
        if user is None or not user.is_authenticated or bound != self.workspace.schema_name:
            # Accept first: a browser cannot read the close code of a refused handshake.
            await self.accept()
            await self.close(code=SIGNED_OUT)
            return
        self.user_id = user.pk
        if not await self._is_member():
            await self.accept()
            await self.close(code=NOT_A_MEMBER)
            return
        self.checked_at = time.monotonic()
        self.frames: list[float] = []
        schema = self.workspace.schema_name
        self.joined = [live.group_of(schema), live.person_group_of(schema, user.pk)]
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        for group in getattr(self, "joined", []):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Bound what a browser may send before anything parses it."""
        now = time.monotonic()
        self.frames = [at for at in self.frames if at > now - FRAME_SECONDS] + [now]
        if len(text_data or bytes_data or "") > MAX_FRAME_BYTES or len(self.frames) > MAX_FRAMES:
            await self.close(code=4429)
            return
        try:
            await super().receive(text_data, bytes_data, **kwargs)
        except ValueError:
            await self.close(code=4400)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Replay what happened after `since`; an odd frame is ignored."""
        since = content.get("since") if isinstance(content, dict) else None
        if not isinstance(since, int) or isinstance(since, bool) or not 0 <= since < 2**63:
            return
        for seq, name in await self._missed(since):
            await self.send_json({"seq": seq, "name": name})

    async def live_poke(self, event: dict[str, Any]) -> None:
        """Forward one poke, after looking again whether the person is still a member."""
        if await self._still_belongs():
            await self.send_json({"seq": event["seq"], "name": event["name"]})

    async def live_words(self, event: dict[str, Any]) -> None:
        """Forward the person's own words as `live_poke` does."""
        if await self._still_belongs():
            await self.send_json({name: event[name] for name in ("box", "at", "text")})

    async def _still_belongs(self) -> bool:
        """Whether the person is a member, looked at again each minute; closes when not."""
        if time.monotonic() - self.checked_at > RECHECK_SECONDS:
            if not await self._is_member():
                await self.close(code=NOT_A_MEMBER)
                return False
            self.checked_at = time.monotonic()
        return True

    async def live_revoked(self, event: dict[str, Any]) -> None:
        """The membership changed: close now unless it still stands."""
        if not await self._is_member():
            await self.close(code=NOT_A_MEMBER)

    @database_sync_to_async
    def _is_member(self) -> bool:
        if self.workspace is None or self.user_id is None:
            return False
        with tenancy.enter(self.workspace):
            return gates.membership_of(self.user_id, self.workspace) is not None

    @database_sync_to_async
    def _missed(self, since: int) -> list[tuple[int, str]]:
        """The last event of each name after `since`: a poke says "look again", not what."""
        if self.workspace is None:
            return []
        with tenancy.enter(self.workspace) as workspace:
            rows = LiveEvent.objects.filter(workspace=workspace, id__gt=since).order_by("-id")
            latest: dict[str, int] = {}
            for seq, name in rows.values_list("id", "name")[:REPLAY_LIMIT]:
                latest.setdefault(name, seq)
        return sorted((seq, name) for name, seq in latest.items())
