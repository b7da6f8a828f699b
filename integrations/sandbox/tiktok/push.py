"""TikTok's webhooks: a body in a body, and a signature over its very bytes."""

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, cast

from integrations.sandbox.tiktok.grants import Wallet
from integrations.sandbox.tiktok.ids import open_id
from integrations.sandbox.world import Comment

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

ACTIONS = ("insert", "delete", "set_to_hidden", "set_to_public")


def push(memory: "Memory", fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """{event?, action?, comment?, channel?, spoil?, age_s?}: one signed delivery.

    `event` is comment.update unless authorization.removed is asked for. `spoil` is one of
    bad_signature, wrong_secret, missing_header, body_reencoded, unknown_account, without_text.
    """
    wallet = cast("Wallet", memory.wallet("tiktok"))
    world = memory.world_of("tiktok")
    spoil = str(fields.get("spoil", ""))
    event = str(fields.get("event", "comment.update"))
    sent = int(memory.clock.now().timestamp()) - int(fields.get("age_s", 0))
    comment = world.comments.get(str(fields.get("comment", "")))
    name = str(fields.get("channel") or "")
    channels = list(world.channels.values())
    account = next((c.id for c in channels if name in {c.id, c.key, c.handle}), channels[0].id)
    account = comment.channel_id if comment else account
    content: dict[str, Any] = {"reason": int(fields.get("reason", 1))}
    if event == "comment.update":
        content = _about(comment, fields, sent, with_text=spoil != "without_text")
    app_id, secret = wallet.apps["business"]
    told = {
        "client_key": app_id,
        "event": event,
        "create_time": sent,
        "user_openid": open_id("business", account),
        "content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    }
    if spoil == "unknown_account":
        told["user_openid"] = "o-nobody"
    raw = json.dumps(told, separators=(",", ":")).encode()
    signature = sign(raw, "another secret" if spoil == "wrong_secret" else secret, sent)
    if spoil == "bad_signature":
        signature = signature[:-4] + "0000"
    if spoil == "body_reencoded":
        raw = json.dumps(json.loads(raw), indent=1).encode()
    headers = {
        "tiktok-signature": signature,
        "webhook-schema-version": "1.0",
        "x-tt-logid": "20261121120000SANDBOX",
        "content-type": "application/json",
    }
    if spoil == "missing_header":
        del headers["tiktok-signature"]
    return headers, raw


def sign(raw: bytes, secret: str, sent: int) -> str:
    """The value of TikTok-Signature."""
    digest = hmac.new(secret.encode(), f"{sent}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={sent},s={digest}"


def _about(
    comment: Comment | None, fields: dict[str, Any], sent: int, *, with_text: bool
) -> dict[str, Any]:
    told: dict[str, Any] = {
        # Bare 19-digit numbers, as TikTok sends them.
        "comment_id": int(comment.id if comment else fields["comment"]),
        "video_id": int(comment.video_id if comment else fields["video"]),
        "parent_comment_id": int((comment and comment.parent_id) or 0),
        "comment_type": "reply" if comment and comment.parent_id else "comment",
        "comment_action": str(fields.get("action", ACTIONS[0])),
        "timestamp": sent * 1000 + 109,
    }
    if with_text:
        told["unique_identifier"] = comment.author_id if comment else "+AbC"
        told["text"] = comment.text if comment else str(fields.get("text", "gone"))
    return told
