"""How fast webhooks are taken: signed deliveries over keep-alive connections to a running stack."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from integrations.sandbox.tiktok.push import sign

LINES = 8  # connections that platforms keep open at once


@dataclass
class Sent:
    """What came back: one latency an answer, and the statuses."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


def deliveries(count: int, *, secret: str, app_id: str, first: int = 0) -> list[bytes]:
    """Signed TikTok deliveries about an account that nobody connected, as whole requests."""
    now = int(time.time())
    found = []
    for number in range(first, first + count):
        content = {
            "comment_id": 7_247_303_576_418_566_913 + number,
            "video_id": 7_203_946_942_097_902_849,
            "parent_comment_id": 0,
            "comment_type": "comment",
            "comment_action": "insert",
            "timestamp": now * 1000 + 109,
        }
        body = json.dumps(
            {
                "client_key": app_id,
                "event": "comment.update",
                "create_time": now,
                "user_openid": "o-nobody",
                "content": json.dumps(content, separators=(",", ":")),
            },
            separators=(",", ":"),
        ).encode()
        found.append(request(body, {"TikTok-Signature": sign(body, secret, now)}))
    return found


def request(body: bytes, headers: dict[str, str], kind: str = "tiktok") -> bytes:
    """A whole POST to the public door."""
    lines = [
        f"POST /webhooks/{kind}/ HTTP/1.1",
        "Host: aura.localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answer_of(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end; its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    await reader.readexactly(int(length or 0))
    return int(head.split(" ", 2)[1])


def send(port: int, requests: list[bytes], lines: int = LINES) -> Sent:
    """Send them all, each line the next one as soon as it has its answer."""
    return asyncio.run(_send(port, requests, lines))


async def _send(port: int, requests: list[bytes], lines: int) -> Sent:
    sent, left = Sent(), iter(requests)

    async def line() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for each in left:
            began = time.perf_counter()
            writer.write(each)
            status = await answer_of(reader)
            sent.latencies.append(time.perf_counter() - began)
            sent.statuses[status] = sent.statuses.get(status, 0) + 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(lines)))
    sent.seconds = time.perf_counter() - began
    return sent
