"""What Meta sends: comment deliveries in both shapes, and signed requests."""

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from integrations.sandbox.instagram.ids import scoped_id
from integrations.sandbox.instagram.shapes import username
from integrations.sandbox.world import Comment, World

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory


def push(memory: "Memory", fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """A signed delivery: {comment | comments, shape?, account?, no_text?, secret?}.

    `shape` is "entry" or "changes", after the two that Meta documents.
    """
    world = memory.world_of("instagram")
    ids = fields.get("comments") or [fields["comment"]]
    comments = [world.comments[str(comment_id)] for comment_id in ids]
    now = int(memory.clock.now().timestamp())
    entries: dict[str, list[dict[str, Any]]] = {}
    for comment in comments:
        value = comment_value(comment, world)
        if fields.get("no_text"):
            value.pop("text")
        owner = str(fields.get("account") or comment.channel_id)
        entries.setdefault(owner, []).append({"field": "comments", "value": value})
    body: list[dict[str, Any]] = []
    for owner, changes in entries.items():
        head = {"id": owner, "time": now}
        if fields.get("shape") == "changes":
            body.append({**head, "changes": changes})
        else:
            body += [{**head, **change} for change in changes]
    raw = as_meta_writes({"object": "instagram", "entry": body})
    secret = str(fields.get("secret") or memory.wallet("instagram").client_secret)
    return {"Content-Type": "application/json", "X-Hub-Signature-256": sign(raw, secret)}, raw


def comment_value(comment: Comment, world: World) -> dict[str, Any]:
    """The `value` of a comment change; the account's own words carry a scoped id beside."""
    author = world.authors[comment.author_id]
    who: dict[str, Any] = {"id": author.id, "username": username(author.handle)}
    if comment.author_id == comment.channel_id:
        who["self_ig_scoped_id"] = scoped_id(author.id)
    value: dict[str, Any] = {
        "id": comment.id,
        "from": who,
        "media": {"id": comment.video_id, "media_product_type": "FEED"},
        "text": comment.text,
    }
    if comment.parent_id:
        value["parent_id"] = comment.parent_id
    return value


def signed_request(user_id: str, issued_at: int, secret: str) -> str:
    """The one field of the deauthorise and data-deletion callbacks."""
    data = {"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user_id}
    payload = _base64url(json.dumps(data, separators=(",", ":")).encode())
    signature = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return f"{_base64url(signature)}.{payload}"


def sign(raw: bytes, secret: str) -> str:
    """X-Hub-Signature-256 of a body."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def as_meta_writes(body: dict[str, Any]) -> bytes:
    r"""JSON with lowercase \u escapes and escaped slashes: other bytes than most writers make."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
