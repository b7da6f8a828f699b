"""Facebook's objects, turned into the dataclasses of `platforms.base`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.platforms.base import RemoteAccount, RemoteComment, RemotePost, Visibility
from integrations.platforms.meta.graph import moment

WWW = "https://www.facebook.com"

ACCOUNT_FIELDS = "id,name,username,link,picture{url},followers_count"
POST_FIELDS = (
    "id,message,created_time,permalink_url,full_picture,is_published,shares,"
    "comments.summary(true).limit(0),reactions.summary(true).limit(0)"
)
# The names since v23; what came before is refused.
METRICS = "post_media_view,post_total_media_view_unique"
_VIEWS = "post_media_view"
_REACH = "post_total_media_view_unique"
COMMENT_FIELDS = (
    "id,message,created_time,from{id,name},parent{id},object{id},is_hidden,can_hide,can_remove,"
    "comment_count,like_count,permalink_url"
)
_TITLE = 120  # a post's first line can be all of it


def account(body: dict[str, Any], person_id: str) -> RemoteAccount:
    """A Page. Meta's own requests name the person who connected it: that is its other id."""
    name = str(body.get("username") or "")
    page_id = str(body["id"])
    return RemoteAccount(
        id=page_id,
        handle=f"@{name}" if name else "",
        name=str(body.get("name") or name),
        avatar=str(_object(_object(body, "picture"), "data").get("url") or ""),
        url=str(body.get("link") or f"{WWW}/{page_id}"),
        uploads_id=page_id,
        followers=_count(body, "followers_count"),
        posts=None,
        views=None,
        created_at=None,
        raw=body,
        alias=person_id,
    )


def post(item: dict[str, Any], numbers: Mapping[str, int]) -> RemotePost:
    """A post with its totals, and its insights as far as they could be had."""
    text = str(item.get("message") or "")
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    more = {"shares": _count(_object(item, "shares"), "count"), "reach": numbers.get(_REACH)}
    return RemotePost(
        id=str(item["id"]),
        title=first_line[:_TITLE] or "Facebook",
        text=text,
        url=str(item.get("permalink_url") or ""),
        thumbnail=str(item.get("full_picture") or ""),
        created_at=moment(item["created_time"]),
        privacy="public" if item.get("is_published", True) else "unpublished",
        views=numbers.get(_VIEWS),
        likes=_total(item, "reactions"),
        comments=_total(item, "comments"),
        comments_enabled=True,
        raw=item,
        more={name: value for name, value in more.items() if value is not None},
    )


def comment(
    item: dict[str, Any],
    *,
    page_id: str,
    post_id: str = "",
    parent_id: str = "",
    fallback: Visibility = Visibility.PUBLIC,
) -> RemoteComment:
    """A comment or a reply. Facebook leaves authors out where it guards them."""
    author = _object(item, "from")
    author_id = str(author.get("id") or "")
    return RemoteComment(
        id=str(item["id"]),
        post_id=post_id or str(_object(item, "object").get("id") or ""),
        parent_id=str(_object(item, "parent").get("id") or parent_id) or None,
        author_id=author_id,
        author_handle="",
        author_name=str(author.get("name") or ""),
        author_avatar="",
        text=str(item.get("message") or ""),
        created_at=moment(item["created_time"]),
        edited_at=None,
        like_count=_count(item, "like_count") or 0,
        reply_count=_count(item, "comment_count") or 0,
        visibility=visibility(item, fallback),
        is_own=bool(page_id) and author_id == page_id,
        permalink=str(item.get("permalink_url") or ""),
        raw=item,
    )


def told(value: Mapping[str, Any], *, page_id: str, at: datetime) -> RemoteComment | None:
    """The words of a pushed change; None when it brings none."""
    if not isinstance(value.get("message"), str):
        return None
    author = _object(value, "from")
    post_id, parent_id = str(value.get("post_id") or ""), str(value.get("parent_id") or "")
    return RemoteComment(
        id=str(value["comment_id"]),
        post_id=post_id,
        parent_id=parent_id if parent_id not in {"", post_id} else None,
        author_id=str(author.get("id") or ""),
        author_handle="",
        author_name=str(author.get("name") or ""),
        author_avatar="",
        text=str(value["message"]),
        created_at=at,
        edited_at=None,
        like_count=0,
        reply_count=0,
        visibility=Visibility.PUBLIC,
        is_own=str(author.get("id") or "") == page_id,
        permalink="",
        raw=dict(value),
    )


def visibility(item: Mapping[str, Any], fallback: Visibility) -> Visibility:
    """Hidden comments stay in the Page's own listings; `is_hidden` says so."""
    hidden = item.get("is_hidden")
    if not isinstance(hidden, bool):
        return fallback
    return Visibility.HELD if hidden else Visibility.PUBLIC


def _total(item: Mapping[str, Any], edge: str) -> int | None:
    return _count(_object(_object(item, edge), "summary"), "total_count")


def _object(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _count(item: Mapping[str, Any], key: str) -> int | None:
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
