"""Reddit's things as Aura's values; KeyError, TypeError or ValueError when it is another JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.platforms.base import RemoteAccount, RemoteComment, RemotePost, Visibility

WWW = "https://www.reddit.com"
GONE_WORDS = {"[deleted]", "[removed]"}  # what stands where a text was


@dataclass(frozen=True, slots=True)
class Stub:
    """Comments that a tree leaves out: their ids, or none when it goes on in a tree of its own."""

    parent_id: str
    ids: tuple[str, ...]
    count: int


@dataclass
class Branch:
    """What was read of one thread, in the order it came; `tops` leads to each one's thread."""

    comments: list[RemoteComment] = field(default_factory=list)
    stubs: list[Stub] = field(default_factory=list)
    tops: dict[str, str] = field(default_factory=dict)


def account(me: Mapping[str, Any]) -> RemoteAccount:
    """GET /api/v1/me. The listing of posts goes by the name."""
    name = str(me["name"])
    own = me.get("subreddit")
    own = own if isinstance(own, dict) else {}
    born = me.get("created_utc")
    return RemoteAccount(
        id=f"t2_{me['id']}",
        handle=f"u/{name}",
        name=str(own.get("title") or name),
        avatar=str(me.get("icon_img") or ""),
        url=f"{WWW}/user/{name}/",
        uploads_id=name,
        followers=count(own, "subscribers"),
        posts=None,
        views=None,
        created_at=None if born is None else moment(born),
        raw=dict(me),
    )


def post(data: Mapping[str, Any]) -> RemotePost:
    """The data of a t3."""
    ratio = data.get("upvote_ratio")
    more = {"crossposts": count(data, "num_crossposts")}
    if isinstance(ratio, int | float):
        more["upvoted_percent"] = round(ratio * 100)
    picture = str(data.get("thumbnail") or "")
    return RemotePost(
        id=str(data["name"]),
        title=str(data.get("title") or ""),
        text=str(data.get("selftext") or ""),
        url=f"{WWW}{data['permalink']}",
        thumbnail=picture if picture.startswith("http") else "",  # else "self", "nsfw", ...
        created_at=moment(data["created_utc"]),
        privacy="public",
        views=count(data, "view_count"),
        likes=count(data, "score"),
        comments=count(data, "num_comments"),
        comments_enabled=not data.get("locked"),
        raw=dict(data),
        more={name: value for name, value in more.items() if value is not None},
    )


def comment(data: Mapping[str, Any], *, top: str = "") -> RemoteComment:
    """The data of a t1, in the thread that begins with `top`.

    Reddit's threads are deep; Aura keeps two levels, and the true parent in `raw`.
    """
    comment_id, parent = str(data["name"]), str(data.get("parent_id") or "")
    thread = top or (parent if parent.startswith("t1_") else "")
    author, edited = str(data.get("author") or ""), data.get("edited")
    is_gone = author in GONE_WORDS
    return RemoteComment(
        id=comment_id,
        post_id=str(data["link_id"]),
        parent_id=thread if thread and thread != comment_id else None,
        author_id=str(data.get("author_fullname") or ""),
        author_handle="" if is_gone or not author else f"u/{author}",
        author_name="" if is_gone else author,
        author_avatar="",
        text=str(data.get("body") or ""),
        created_at=moment(data["created_utc"]),
        # False, or when; for very old edits only True.
        edited_at=None if edited is None or isinstance(edited, bool) else moment(edited),
        like_count=count(data, "score") or 0,
        reply_count=0,
        visibility=visibility(data),
        is_own=bool(data.get("is_submitter")),
        permalink=f"{WWW}{data['permalink']}" if data.get("permalink") else "",
        raw={name: value for name, value in data.items() if name != "replies"},
    )


def visibility(data: Mapping[str, Any]) -> Visibility:
    """Where a comment stands. Only moderators are told more than whether its text is there."""
    if is_placeholder(data):
        return Visibility.DELETED if data.get("body") == "[deleted]" else Visibility.HELD
    if data.get("spam"):
        return Visibility.SPAM
    return Visibility.HELD if data.get("removed") or data.get("banned_by") else Visibility.PUBLIC


def is_placeholder(data: Mapping[str, Any]) -> bool:
    """Whether only the place of a comment is left, for the sake of the answers below it."""
    return data.get("body") in GONE_WORDS


def branches(things: Sequence[Mapping[str, Any]]) -> tuple[list[Branch], list[str]]:
    """The threads of a tree, and the ids of first comments that it leaves out, in their order."""
    found: list[Branch] = []
    left_out: list[str] = []
    for thing in things:
        data = thing["data"]
        if thing["kind"] == "more":
            left_out += [f"t1_{one}" for one in data.get("children") or []]
        else:
            branch = Branch()
            grow(branch, [thing], str(data["name"]))
            found.append(branch)
    return found, left_out


def grow(branch: Branch, things: Sequence[Mapping[str, Any]], top: str) -> None:
    """Add things to a thread: trees and flat lists alike, in any mixture."""
    for kind, data in _walk(things):
        if kind == "more":
            ids = tuple(f"t1_{one}" for one in data.get("children") or [])
            branch.stubs.append(Stub(str(data["parent_id"]), ids, count(data, "count") or 0))
        elif kind == "t1":
            branch.tops[str(data["name"])] = top
            if not is_placeholder(data):
                branch.comments.append(comment(data, top=top))


def _walk(things: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    # A stack and not recursion: how deep a tree goes is the sender's choice.
    waiting = list(reversed(things))
    while waiting:
        thing = waiting.pop()
        data = thing["data"]
        yield str(thing["kind"]), data
        below = data.get("replies")
        if isinstance(below, dict):
            waiting += reversed(children(below))


def children(listing: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The things of a listing."""
    found = listing["data"]["children"]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise TypeError("children is no list of objects")
    return found


def moment(value: Any) -> datetime:
    """Seconds since 1970, with or without a fraction."""
    return datetime.fromtimestamp(float(value), UTC)


def count(item: Mapping[str, Any], name: str) -> int | None:
    """A counter; None when Reddit does not tell it."""
    value = item.get(name)
    return None if value is None else int(value)
