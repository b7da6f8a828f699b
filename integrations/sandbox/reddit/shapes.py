"""Reddit's JSON: things with a kind and data, listings, trees of comments, refusals."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from integrations.sandbox.world import Channel, Comment, Status, Video, World

LISTED: tuple[Status, ...] = ("published", "heldForReview", "likelySpam")
DEEPEST = 10  # levels of one tree; below it Reddit says "continue this thread"
FOREIGN = "t_small_workshops"  # a community that belongs to others
AUTOMOD = "AutoModerator"


class RedditError(Exception):
    """A refusal by status; `error` is what the WWW-Authenticate header names."""

    def __init__(self, status: int, message: str, *, error: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.error = error
        self.reason = reason

    def response(self) -> Response:
        """The HTTP answer."""
        body: dict[str, Any] = {"message": self.message, "error": self.status}
        if self.reason:
            body["reason"] = self.reason
        response = JSONResponse(body, self.status)
        if self.error:
            told = f'Bearer realm="reddit", error="{self.error}"'
            response.headers["WWW-Authenticate"] = told
        return response


def listing(children: Sequence[Mapping[str, Any]], after: str | None = None) -> dict[str, Any]:
    """The envelope of every list."""
    return {
        "kind": "Listing",
        "data": {
            "after": after,
            "before": None,
            "dist": len(children),
            "modhash": None,
            "geo_filter": "",
            "children": list(children),
        },
    }


def done(things: Sequence[Mapping[str, Any]] = (), **data: Any) -> dict[str, Any]:
    """The answer of a POST with api_type=json that Reddit has carried out."""
    if things:
        data["things"] = list(things)
    return {"json": {"errors": [], **({"data": data} if data else {})}}


def failed(code: str, sentence: str, field: str, **more: Any) -> dict[str, Any]:
    """The answer of a POST that Reddit refuses with HTTP 200."""
    return {"json": {**more, "errors": [[code, sentence, field]]}}


def name_of(handle: str) -> str:
    """A handle as Reddit writes names: without the at-sign, letters, digits, _ and -."""
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in handle.lstrip("@"))[:20]


def subreddit_of(world: World, video: Video) -> str:
    """Where a post stands: on the account's own profile; Mila's third newest among strangers."""
    channel = world.channels[video.channel_id]
    is_foreign = channel.key == "mila" and world.uploads(channel.id)[2:3] == [video]
    return FOREIGN if is_foreign else f"u_{name_of(channel.handle)}"


def is_moderator(world: World, video: Video) -> bool:
    """Whether the account moderates where its post stands."""
    return subreddit_of(world, video) != FOREIGN


def me(world: World, channel: Channel, base: str) -> dict[str, Any]:
    """GET /api/v1/me: no envelope."""
    name = name_of(channel.handle)
    grown = int(world.hours() * channel.views_per_hour) // 900
    return {
        "id": channel.id.removeprefix("t2_"),
        "name": name,
        "created_utc": channel.published_at.timestamp(),
        "icon_img": f"{base}/avatars/{channel.id}.svg?width=256&s=x",
        "total_karma": channel.views // 90,
        "link_karma": channel.views // 150,
        "comment_karma": channel.views // 225,
        "has_verified_email": True,
        "is_suspended": False,
        "subreddit": {
            "display_name": f"u_{name}",
            "title": channel.title,
            "public_description": channel.description,
            "subscribers": channel.subscribers + grown,
            "url": f"/user/{name}/",
        },
    }


def link(world: World, video: Video, base: str) -> dict[str, Any]:
    """A submission."""
    channel = world.channels[video.channel_id]
    place = subreddit_of(world, video)
    return {
        "kind": "t3",
        "data": {
            "id": video.id.removeprefix("t3_"),
            "name": video.id,
            "title": video.title,
            "selftext": video.description,
            "author": name_of(channel.handle),
            "author_fullname": channel.id,
            "subreddit": place,
            "permalink": f"/r/{place}/comments/{video.id.removeprefix('t3_')}/post/",
            "url": f"{base}/watch?v={video.id}",
            "thumbnail": f"{base}/thumbs/{video.id}.svg",
            "created_utc": video.published_at.timestamp(),
            "score": video.likes,
            "ups": video.likes,
            "upvote_ratio": 0.93,
            "num_comments": world.comment_count(video.id),
            "num_crossposts": video.likes // 400,
            "view_count": None,
            "over_18": False,
            "locked": not video.comments_enabled,
            "removed_by_category": None,
            "can_mod_post": is_moderator(world, video),
        },
    }


def comment(world: World, one: Comment, depth: int = 0) -> dict[str, Any]:
    """A comment without the replies below it; moderators see what they removed."""
    author = world.authors[one.author_id]
    video = world.videos[one.video_id]
    place = subreddit_of(world, video)
    is_mod = is_moderator(world, video)
    is_out = one.status != "published"
    text = one.text if is_mod or not is_out else "[removed]"
    edited: bool | float = False
    if one.updated_at > one.published_at:
        edited = one.updated_at.timestamp()
    link_id = one.video_id.removeprefix("t3_")
    data: dict[str, Any] = {
        "id": one.id.removeprefix("t1_"),
        "name": one.id,
        "author": name_of(author.handle),
        "author_fullname": one.author_id,
        "body": text,
        "body_html": f"<div>{len(text)}</div>",
        "created_utc": one.published_at.timestamp(),
        "edited": edited,
        "link_id": one.video_id,
        "parent_id": one.parent_id or one.video_id,
        "subreddit": place,
        "permalink": f"/r/{place}/comments/{link_id}/post/{one.id.removeprefix('t1_')}/",
        "score": one.likes + 1,
        "ups": one.likes + 1,
        "controversiality": 0,
        "depth": depth,
        "is_submitter": one.author_id == one.channel_id,
        "can_mod_post": is_mod,
        "replies": "",
    }
    if is_mod:
        data |= {
            "removed": one.status == "heldForReview",
            "spam": one.status == "likelySpam",
            "approved": False,
            "banned_by": AUTOMOD if is_out else None,
            "num_reports": 0,
        }
    return {"kind": "t1", "data": data}


def more(ids: Sequence[str], parent_id: str, count: int, depth: int) -> dict[str, Any]:
    """A stub: comments that a tree leaves out; without children it continues elsewhere."""
    bare = [one.removeprefix("t1_") for one in ids]
    first = bare[0] if bare else "_"
    return {
        "kind": "more",
        "data": {
            "id": first,
            "name": f"t1_{first}",
            "parent_id": parent_id,
            "count": count,
            "depth": depth,
            "children": bare,
        },
    }


class Tree:
    """A post's comments as a tree of at most `limit`, the rest as stubs."""

    def __init__(self, world: World, limit: int) -> None:
        self.world = world
        self.left = limit

    def of(self, pool: Sequence[Comment], parent_id: str, depth: int = 0) -> list[dict[str, Any]]:
        """The comments of one level with what is below them."""
        shown: list[dict[str, Any]] = []
        for place, one in enumerate(pool):
            if self.left <= 0:
                rest = pool[place:]
                ids = [other.id for other in rest]
                shown.append(more(ids, parent_id, sum(map(self.size, rest)), depth))
                break
            self.left -= 1
            thing = comment(self.world, one, depth)
            below = self.replies(one)
            if below and depth + 1 >= DEEPEST:
                inner = [more([], one.id, 0, depth + 1)]
            else:
                inner = self.of(below, one.id, depth + 1)
            thing["data"]["replies"] = listing(inner) if inner else ""
            shown.append(thing)
        return shown

    def flat(self, one: Comment, depth: int) -> list[dict[str, Any]]:
        """A comment and what is below it as morechildren lists them, parents first."""
        things = [comment(self.world, one, depth)]
        self.left -= 1
        below = self.replies(one)
        for place, reply in enumerate(below):
            if self.left <= 0:
                rest = below[place:]
                count = sum(map(self.size, rest))
                things.append(more([other.id for other in rest], one.id, count, depth + 1))
                break
            things += self.flat(reply, depth + 1)
        return things

    def size(self, one: Comment) -> int:
        """A comment and everything below it."""
        return 1 + sum(map(self.size, self.replies(one)))

    def tops(self, video: Video) -> list[Comment]:
        """The first comments of every thread, newest first."""
        found = [c for c in self.world.of_video(video.id) if c.parent_id is None]
        return _newest(c for c in found if c.status in LISTED)

    def replies(self, one: Comment) -> list[Comment]:
        """What is directly below a comment, newest first."""
        return _newest(self.world.replies(one.id, *LISTED))


def _newest(found: Any) -> list[Comment]:
    return sorted(found, key=lambda c: (c.published_at, c.id), reverse=True)
