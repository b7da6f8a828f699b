"""The ASGI application and the process that serves it on loopback."""

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from integrations.sandbox import hub, keeping, pages, youtube
from integrations.sandbox.control import Control
from integrations.sandbox.dialects import DIALECTS
from integrations.sandbox.gate import Gate
from integrations.sandbox.memory import Memory, Options
from integrations.sandbox.oauth import OAuthEndpoints, form_of

HOST = "127.0.0.1"
GROWTH_LIMIT = 5_000  # comments the crowd adds before it goes to bed: about half a day
SAVE_EVERY_S = 2.0


class Platform:
    """The pages a visitor of the invented platform sees."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def routes(self) -> list[Route]:
        """The public pages and pictures."""
        return [
            Route("/", self.index),
            Route("/favicon.ico", self.no_icon),
            Route("/watch", self.watch, methods=["GET", "POST"]),
            Route("/avatars/{key}.svg", self.picture),
            Route("/thumbs/{key}.svg", self.picture),
        ]

    async def no_icon(self, _request: Request) -> Response:
        """Browsers ask on every page; a 404 would look like a fault."""
        return Response(status_code=204)

    async def index(self, _request: Request) -> Response:
        """All channels and videos."""
        return HTMLResponse(pages.index(self.memory.world))

    async def watch(self, request: Request) -> Response:
        """A video's public comments; POST says something there."""
        video = self.memory.world.videos.get(request.query_params.get("v", ""))
        if video is None:
            return HTMLResponse(pages.index(self.memory.world), 404)
        if request.method == "POST":
            fields = await form_of(request)
            say, text = fields.get("say", ""), fields.get("text", "").strip()
            if say in {"kind", "abusive"}:
                channel = self.memory.world.channels[video.channel_id]
                self.memory.crowd.post(channel, abusive=say == "abusive", video=video)
            elif text and video.comments_enabled:
                handle = "@" + (fields.get("handle", "").strip().lstrip("@") or "a.passer.by")
                self.memory.world.add(
                    video=video,
                    author=self.memory.world.author(handle[:100]),
                    text=text[: youtube.MAX_TEXT],
                    at=self.memory.clock.now(),
                )
            return RedirectResponse(f"/watch?v={video.id}", 303)
        return HTMLResponse(
            pages.watch(self.memory.world, video, request.query_params.get("lc", ""))
        )

    async def picture(self, request: Request) -> Response:
        """An avatar or thumbnail; no picture file is shipped."""
        key = request.path_params["key"]
        author = self.memory.world.authors.get(key)
        video = self.memory.world.videos.get(key)
        name = author.handle.lstrip("@") if author else video.title if video else "?"
        return Response(
            pages.picture(key, name[:1].upper()),
            media_type="image/svg+xml",
            headers={"Cache-Control": "max-age=3600"},
        )


def build(memory: Memory) -> ASGIApp:
    """The whole application around one memory."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        running = [asyncio.create_task(_grow(memory))] if memory.options.growth else []
        if memory.options.state_file:
            running.append(asyncio.create_task(_keep(memory)))
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if memory.options.state_file:
            keeping.save(memory)

    app = Starlette(
        routes=[
            *OAuthEndpoints(memory).routes(),
            *youtube.routes(memory),
            *hub.routes(memory),
            *(route for dialect in DIALECTS.values() for route in dialect.routes(memory)),
            *Control(memory).routes(),
            *Platform(memory).routes(),
        ],
        lifespan=lifespan,
    )
    return Gate(app, memory)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 means any free one. OSError when it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def make_server(memory: Memory) -> uvicorn.Server:
    """A uvicorn server for this memory: one worker, quiet, quick to stop."""
    config = uvicorn.Config(
        build(memory),
        log_level="warning",
        access_log=False,
        lifespan="on",
        proxy_headers=False,  # keeps uvicorn's own `send` next to the gate
        server_header=False,
        # Clients drop idle connections after 5 s; at the same 5 s a request meets a closing door.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        ws="websockets-sansio",
    )
    return uvicorn.Server(config)


def serve(options: Options) -> None:
    """Run until interrupted. Raises OSError when the port is taken."""
    listener = listen(options.port)
    memory = keeping.remember(options) if options.state_file else Memory(options)
    make_server(memory).run(sockets=[listener])


async def _grow(memory: Memory) -> None:
    """Somebody comments every few seconds, somewhere. Not repeatable: it follows the real clock."""
    chance = random.Random(os.urandom(8))  # noqa: S311
    memory.crowd_of("youtube")
    for _ in range(GROWTH_LIMIT):
        await asyncio.sleep(memory.options.every_s * chance.uniform(0.5, 1.5))
        # On YouTube, and wherever else somebody has begun to listen.
        kind, crowd = chance.choice(list(memory.crowds.items()))
        channels = list(crowd.world.channels.values())
        weights = [channel.views_per_hour for channel in channels]
        memory.announce(kind, crowd.post(chance.choices(channels, weights)[0]))


async def _keep(memory: Memory) -> None:
    written = None
    while True:
        await asyncio.sleep(SAVE_EVERY_S)
        mark = [
            (memory.world, kind, crowd.world.version, *_tokens(memory.wallet(kind)))
            for kind, crowd in memory.crowds.items()
        ]
        if mark != written:
            keeping.save(memory)
            written = mark


def _tokens(wallet: Any) -> tuple[int, ...]:
    """Changes when a token was given out or taken back."""
    return tuple(hash(tuple(getattr(wallet, name, ()))) for name in ("by_refresh", "by_access"))
