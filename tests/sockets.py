"""A browser's side of a WebSocket, in memory (channels.testing would need Daphne)."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket(ApplicationCommunicator):
    """Connects to an ASGI application with the given headers."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {
            "type": "websocket", "path": path, "query_string": b"", "headers": headers,
            "subprotocols": [],
        }  # fmt: skip
        super().__init__(application, scope)

    async def connect(self) -> int | None:
        """Open it; None when it was accepted, else the code it was refused with."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output()
        return None if answer["type"] == "websocket.accept" else int(answer["code"])

    async def closing_code(self) -> int:
        """The code with which the server closes, now or right after accepting."""
        refused = await self.connect()
        return refused if refused is not None else await self.closed()

    async def closed(self) -> int:
        """Wait for the server to close; its code."""
        answer = await self.receive_output()
        assert answer["type"] == "websocket.close", answer
        return int(answer["code"])

    async def send(self, content: Any) -> None:
        """Send a text frame: a string as it is, anything else as JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        await self.send_input({"type": "websocket.receive", "text": text})

    async def receive(self) -> Any:
        """The next frame, parsed."""
        answer = await self.receive_output()
        assert answer["type"] == "websocket.send", answer
        return json.loads(answer["text"])

    async def leave(self) -> None:
        """Go away as a closed tab does."""
        await self.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wait()
