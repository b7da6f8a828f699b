"""The WebSub hub that tells of YouTube's new videos: wishes, proof of intent, signed Atom."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from integrations.sandbox.oauth import form_of
from integrations.sandbox.world import Clock, token

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

TOPIC = "https://www.youtube.com/xml/feeds/videos.xml"
LONGEST_LEASE = 864_000  # seconds
USUAL_LEASE = 432_000


@dataclass(slots=True)
class Lease:
    """One subscriber of one topic; `wish` is what it last asked for and has not proven yet."""

    callback: str
    topic: str
    secret: str
    seconds: int
    wish: str
    challenge: str
    ends_at: datetime | None = None  # None: not proven, or over


@dataclass
class Hub:
    """What the hub remembers."""

    clock: Clock
    leases: dict[tuple[str, str], Lease] = field(default_factory=dict)

    def ask(self, form: dict[str, str]) -> str:
        """Take a wish down; what is wrong with it, "" for nothing."""
        mode, topic, callback = (
            form.get(f"hub.{name}", "") for name in ("mode", "topic", "callback")
        )
        if mode not in {"subscribe", "unsubscribe"}:
            return "hub.mode must be subscribe or unsubscribe"
        if not topic.startswith(f"{TOPIC}?channel_id="):
            return "hub.topic is not a feed of this hub"
        if urlsplit(callback).scheme not in {"http", "https"}:
            return "hub.callback must be an address"
        seconds = form.get("hub.lease_seconds") or str(USUAL_LEASE)
        if not seconds.isdigit():
            return "hub.lease_seconds must be a number"
        known = self.leases.get((callback, topic))
        made = Lease(
            callback,
            topic,
            form.get("hub.secret", ""),
            min(int(seconds), LONGEST_LEASE),
            mode,
            token(24, "challenge", topic, self.clock.now()),
            known.ends_at if known else None,
        )
        self.leases[callback, topic] = made
        return ""

    def prove(self, lease: Lease) -> None:
        """The subscriber echoed the challenge."""
        is_on = lease.wish == "subscribe"
        lease.ends_at = self.clock.now() + timedelta(seconds=lease.seconds) if is_on else None
        lease.wish = ""

    def living(self, channel_id: str) -> list[Lease]:
        """Leases of a channel's feed that have not ended."""
        topic, now = topic_of(channel_id), self.clock.now()
        found = self.leases.values()
        return [one for one in found if one.topic == topic and one.ends_at and one.ends_at > now]


def topic_of(channel_id: str) -> str:
    """A channel's feed."""
    return f"{TOPIC}?channel_id={channel_id}"


def routes(memory: "Memory") -> list[Route]:
    """POST /hub/subscribe."""

    async def subscribe(request: Request) -> Response:
        wrong = memory.hub.ask(await form_of(request))
        return PlainTextResponse(wrong, 400) if wrong else Response(status_code=202)

    return [Route("/hub/subscribe", subscribe, methods=["POST"])]


def push(memory: "Memory", fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """What the hub sends next, for a test to carry over: {channel_id, event, video?, secret?}.

    `event` is "verify" (the body is the query of a GET), "prove" (nothing: the echo was right),
    "video" or "deleted". KeyError when nobody subscribed.
    """
    channel_id = str(fields["channel_id"])
    topic = topic_of(channel_id)
    lease = next(one for one in memory.hub.leases.values() if one.topic == topic)
    event = str(fields["event"])
    if event == "verify":
        query = f"hub.mode={lease.wish}&hub.topic={quote(topic, safe='')}"
        query += f"&hub.challenge={lease.challenge}"
        return {}, f"{query}&hub.lease_seconds={lease.seconds}".encode()
    if event == "prove":
        memory.hub.prove(lease)
        return {}, b""
    raw = feed(memory, channel_id, str(fields["video"]), is_gone=event == "deleted")
    secret = str(fields.get("secret") or lease.secret)
    signature = hmac.new(secret.encode(), raw, hashlib.sha1).hexdigest()
    return {"Content-Type": "application/atom+xml", "X-Hub-Signature": f"sha1={signature}"}, raw


def feed(memory: "Memory", channel_id: str, video_id: str, *, is_gone: bool) -> bytes:
    """The Atom of one video, new or gone."""
    now = memory.clock.now().isoformat()
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
        'xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns="http://www.w3.org/2005/Atom">'
        f'<link rel="self" href="{topic_of(channel_id)}"/><title>YouTube video feed</title>'
    )
    uri = f"https://www.youtube.com/channel/{channel_id}"
    if is_gone:
        return (
            f'{head}<at:deleted-entry ref="yt:video:{video_id}" when="{now}">'
            f"<at:by><name>{channel_id}</name><uri>{uri}</uri></at:by></at:deleted-entry></feed>"
        ).encode()
    title = escape(memory.world.videos[video_id].title)
    return (
        f"{head}<entry><id>yt:video:{video_id}</id><yt:videoId>{video_id}</yt:videoId>"
        f"<yt:channelId>{channel_id}</yt:channelId><title>{title}</title>"
        f"<author><name>x</name><uri>{uri}</uri></author>"
        f"<published>{now}</published><updated>{now}</updated></entry></feed>"
    ).encode()
