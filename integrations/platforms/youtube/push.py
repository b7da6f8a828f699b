"""WebSub: YouTube's hub tells of new and deleted videos (developers.google.com/youtube/v3/guides).

It never tells of comments. The hub proves itself by a signature with the secret we gave it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as Safe

from integrations.platforms.client import Call
from integrations.platforms.webhooks import (
    Delivery,
    PlatformEvent,
    PushWish,
    WebhookRefused,
    digest_of,
)
from integrations.platforms.youtube.live import Live

TOPIC = "https://www.youtube.com/xml/feeds/videos.xml"
LEASE_SECONDS = 432_000  # five days: what the hub gives when nobody asks
MOST_ENTRIES = 200  # a delivery holds one; more is somebody else's letter
_ATOM = "{http://www.w3.org/2005/Atom}"
_YT = "{http://www.youtube.com/xml/schemas/2015}"
_TOMB = "{http://purl.org/atompub/tombstones/1.0}"
_SCHEMES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}


class Push(Live):
    """`Hub` for YouTube, and its side of the webhook door."""

    _hub: str
    _secret: str

    def ask_push(self, account_id: str, callback: str, *, is_wanted: bool) -> None:
        """POST to the hub; 202 means that it will ask `callback` whether we meant it."""
        form = {
            "hub.callback": callback,
            "hub.mode": "subscribe" if is_wanted else "unsubscribe",
            "hub.topic": f"{TOPIC}?channel_id={account_id}",
            "hub.verify": "async",
            "hub.secret": self._push_secret(),
            "hub.lease_seconds": str(LEASE_SECONDS),
        }
        # Asking twice is the same wish, so a lost answer may be asked for again.
        self._http.write(Call("POST", f"{self._hub}/subscribe", form=form), self.refused)

    def read_wish(self, query: Mapping[str, str]) -> PushWish | None:
        """What the hub wants to be confirmed; None when that is no question of a hub of ours."""
        topic = urlsplit(query.get("hub.topic", ""))
        channels = parse_qs(topic.query).get("channel_id", [])
        mode = query.get("hub.mode", "")
        address = f"{topic.scheme}://{topic.netloc}{topic.path}"
        if address != TOPIC or len(channels) != 1:
            return None
        seconds = query.get("hub.lease_seconds", "")
        lease_s = int(seconds) if seconds.isdigit() and len(seconds) < 9 else LEASE_SECONDS
        if mode == "denied":
            return PushWish(channels[0], is_wanted=True, is_denied=True, lease_s=0)
        if mode not in {"subscribe", "unsubscribe"} or not query.get("hub.challenge"):
            return None
        return PushWish(channels[0], is_wanted=mode == "subscribe", lease_s=lease_s)

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """The challenge of a wish that has been found to be ours."""
        return query.get("hub.challenge") or None

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> Delivery:
        """Checks X-Hub-Signature over the raw bytes; a refusal is not told (WebSub §7.1.2)."""
        name, _, given = headers.get("x-hub-signature", "").partition("=")
        scheme = _SCHEMES.get(name)
        if scheme is None or not self._secret:
            raise WebhookRefused("no X-Hub-Signature", is_told=False)
        expected = hmac.new(self._push_secret().encode(), raw, scheme).hexdigest()
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise WebhookRefused("wrong X-Hub-Signature", is_told=False)
        return Delivery(digest_of(raw))

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """The videos that came, changed or went."""
        try:
            feed = Safe.fromstring(raw, forbid_dtd=True)
        except ParseError as error:
            raise ValueError("no Atom") from error
        events = [_came(entry) for entry in feed.iter(f"{_ATOM}entry")]
        events += [_went(entry) for entry in feed.iter(f"{_TOMB}deleted-entry")]
        if len(events) > MOST_ENTRIES:
            raise ValueError(f"more than {MOST_ENTRIES} entries")
        return events

    def _push_secret(self) -> str:
        # Made of what only Google and we know, so that no operator has to invent another secret.
        return hmac.new(self._secret.encode(), b"websub", hashlib.sha256).hexdigest()


def _came(entry: Element) -> PlatformEvent:
    return PlatformEvent(
        kind="post",
        account_id=_text(entry, f"{_YT}channelId"),
        at=_moment(entry.findtext(f"{_ATOM}updated") or entry.findtext(f"{_ATOM}published")),
        post_id=_text(entry, f"{_YT}videoId"),
    )


def _went(entry: Element) -> PlatformEvent:
    uri = _text(entry, f"{_TOMB}by/{_ATOM}uri")
    return PlatformEvent(
        kind="post",
        account_id=uri.rsplit("/", 1)[-1],
        at=_moment(entry.get("when")),
        post_id=(entry.get("ref") or "").removeprefix("yt:video:"),
        is_removal=True,
    )


def _text(entry: Element, name: str) -> str:
    found = entry.findtext(name)
    if not found:
        raise ValueError(f"no {name}")
    return found


def _moment(text: str | None) -> datetime:
    found = datetime.fromisoformat(text or "")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
