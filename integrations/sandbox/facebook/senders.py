"""What Meta sends about a Page: changes of its feed."""

from typing import TYPE_CHECKING, Any

from integrations.sandbox.instagram.senders import as_meta_writes, sign

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory


def push(memory: "Memory", fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """A signed delivery: {comment | comments | post, verb?, account?, no_text?, secret?}."""
    world = memory.world_of("facebook")
    now = int(memory.clock.now().timestamp())
    entries: dict[str, list[dict[str, Any]]] = {}
    verb = str(fields.get("verb") or "add")
    if fields.get("post"):
        video = world.videos[str(fields["post"])]
        value = {"item": "status", "verb": verb, "post_id": video.id, "created_time": now}
        entries[video.channel_id] = [{"field": "feed", "value": value}]
    ids = [] if fields.get("post") else fields.get("comments") or [fields["comment"]]
    for comment_id in ids:
        comment = world.comments[str(comment_id)]
        author = world.authors[comment.author_id]
        value = {
            "item": "comment",
            "verb": verb,
            "comment_id": comment.id,
            "post_id": comment.video_id,
            "parent_id": comment.parent_id or comment.video_id,
            "from": {"id": author.id, "name": author.handle.removeprefix("@")},
            "message": comment.text,
            "created_time": int(comment.published_at.timestamp()),
        }
        if fields.get("no_text"):
            value.pop("message")
        owner = str(fields.get("account") or comment.channel_id)
        entries.setdefault(owner, []).append({"field": "feed", "value": value})
    body = [{"id": owner, "time": now, "changes": found} for owner, found in entries.items()]
    raw = as_meta_writes({"object": "page", "entry": body})
    secret = str(fields.get("secret") or memory.wallet("facebook").client_secret)
    return {"Content-Type": "application/json", "X-Hub-Signature-256": sign(raw, secret)}, raw
