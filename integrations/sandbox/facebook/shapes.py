"""Facebook's JSON: Pages, posts and comments."""

from typing import Any

from integrations.sandbox.instagram.shapes import HIDDEN, Fields, GraphError, stamp
from integrations.sandbox.world import Channel, Comment, Video, World

_PAGE = {"id", "name", "username", "link", "picture", "followers_count", "fan_count",
         "access_token", "tasks"}  # fmt: skip
_POST = {"id", "message", "created_time", "permalink_url", "full_picture", "is_published",
         "shares", "comments", "reactions"}  # fmt: skip
_COMMENT = {"id", "message", "created_time", "from", "parent", "object", "is_hidden", "can_hide",
            "can_remove", "comment_count", "like_count", "permalink_url"}  # fmt: skip


def page_object(channel: Channel, world: World, fields: Fields, base: str) -> dict[str, Any]:
    """A Page, without its token."""
    name = channel.handle.removeprefix("@")
    grown = int(world.hours() * channel.views_per_hour) // 900
    whole = {
        "id": channel.id,
        "name": channel.title,
        "username": name,
        "link": f"https://www.facebook.com/{name}",
        "picture": {"data": {"url": f"{base}avatars/{channel.id}.svg", "is_silhouette": False}},
        "followers_count": channel.subscribers + grown,
        "fan_count": channel.subscribers,
        "tasks": ["MODERATE", "CREATE_CONTENT", "ANALYZE", "MANAGE"],
    }
    return _chosen(whole, fields, _PAGE, "Page")


def post_object(
    video: Video, channel: Channel, world: World, fields: Fields, base: str
) -> dict[str, Any]:
    """A post with its totals."""
    whole: dict[str, Any] = {
        "id": video.id,
        "message": f"{video.title}\n\n{channel.description}",
        "created_time": stamp(video.published_at),
        "permalink_url": f"https://www.facebook.com/{channel.id}/posts/{video.id.split('_')[1]}",
        "full_picture": f"{base}thumbs/{video.id}.svg",
        "is_published": True,
        "shares": {"count": video.likes // 9},
        "comments": {"data": [], "summary": {"total_count": world.comment_count(video.id)}},
        "reactions": {"data": [], "summary": {"total_count": video.likes}},
    }
    return _chosen(whole, fields, _POST, "Post")


def comment_object(comment: Comment, world: World, fields: Fields) -> dict[str, Any]:
    """A comment or a reply, as the Page sees it."""
    author = world.authors[comment.author_id]
    is_own = comment.author_id == comment.channel_id
    whole: dict[str, Any] = {
        "id": comment.id,
        "message": comment.text,
        "created_time": stamp(comment.published_at),
        "from": {"id": author.id, "name": author.handle.removeprefix("@")},
        "object": {"id": comment.video_id},
        "is_hidden": comment.status in HIDDEN,
        "can_hide": not is_own,
        "can_remove": True,
        "comment_count": len(replies(world, comment.id)),
        "like_count": comment.likes,
        "permalink_url": f"https://www.facebook.com/{comment.video_id}?comment_id={comment.id}",
    }
    if comment.parent_id:
        whole["parent"] = {"id": comment.parent_id}
    return _chosen(whole, fields, _COMMENT, "Comment")


def replies(world: World, parent_id: str) -> list[Comment]:
    """Replies as the Page sees them, hidden ones included, newest first."""
    return world.replies(parent_id, "published", "heldForReview", "likelySpam")[::-1]


def stream(world: World, video_id: str) -> list[Comment]:
    """Comments and replies of a post as the Page sees them, newest first."""
    found = [comment for comment in world.of_video(video_id) if world.is_reachable(comment)]
    return sorted(found, key=lambda one: (one.published_at, one.id), reverse=True)


def views_of(video: Video, channel: Channel, world: World) -> int:
    """Views of a post, which grow with the sandbox's clock."""
    share = channel.views_per_hour / max(len(world.uploads(channel.id)), 1)
    return video.views + int(world.hours() * share)


def _chosen(whole: dict[str, Any], fields: Fields, known: set[str], kind: str) -> dict[str, Any]:
    for name in fields:
        if name.partition(".")[0] not in known:
            raise GraphError(
                100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})"
            )
    asked = {name.partition(".")[0] for name in fields} or {"id", "message", "created_time"}
    return {name: value for name, value in whole.items() if name in asked or name == "id"}
