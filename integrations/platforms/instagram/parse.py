"""Instagram's objects, turned into the dataclasses of `platforms.base`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.platforms.base import (
    RemoteAccount,
    RemoteComment,
    RemotePost,
    ThreadRef,
    Visibility,
)
from integrations.platforms.meta.graph import moment

WWW = "https://www.instagram.com"

ACCOUNT_FIELDS = (
    "user_id,id,username,name,account_type,profile_picture_url,followers_count,follows_count,"
    "media_count"
)
POST_FIELDS = (
    "id,caption,media_type,media_product_type,permalink,thumbnail_url,media_url,timestamp,"
    "like_count,comments_count"
)
METRICS = "views,reach,saved,shares"
_SAID = "id,text,timestamp,username,from{id,username},like_count,hidden,parent_id"
REPLY_FIELDS = f"{_SAID},media{{id,permalink}}"
COMMENT_FIELDS = f"{REPLY_FIELDS},replies{{{_SAID}}}"
_TITLE = 120  # a caption's first line can be all of it


def account(body: dict[str, Any]) -> RemoteAccount:
    """The answer of `me`. `user_id` is the account; `id` is another one, of app and person."""
    username = str(body.get("username", ""))
    return RemoteAccount(
        id=str(body["user_id"]),
        handle=f"@{username}",
        name=str(body.get("name") or username),
        avatar=str(body.get("profile_picture_url") or ""),
        url=f"{WWW}/{username}/" if username else WWW,
        uploads_id=str(body["user_id"]),
        followers=_count(body, "followers_count"),
        posts=_count(body, "media_count"),
        views=None,
        created_at=None,
        raw=body,
        alias=str(body.get("id") or ""),
    )


def post(item: dict[str, Any], numbers: Mapping[str, int]) -> RemotePost:
    """A media object and its insights; counters the owner hides are absent."""
    caption = str(item.get("caption") or "")
    first_line = next((line.strip() for line in caption.splitlines() if line.strip()), "")
    return RemotePost(
        id=str(item["id"]),
        title=first_line[:_TITLE] or str(item.get("media_product_type") or "Instagram").title(),
        text=caption,
        url=str(item.get("permalink") or ""),
        # A video's own address is the film, not a picture of it.
        thumbnail=str(item.get("thumbnail_url") or _picture(item)),
        created_at=moment(item["timestamp"]),
        privacy="public",
        views=numbers.get("views"),
        likes=_count(item, "like_count"),
        comments=_count(item, "comments_count"),
        comments_enabled=True,
        raw=item,
        more={name: value for name, value in numbers.items() if name != "views"},
    )


def thread(
    item: dict[str, Any], *, post_id: str, own: "Own", at: datetime
) -> tuple[list[RemoteComment], ThreadRef | None]:
    """A top comment with the replies sent along, and the thread when that was not all of them."""
    nested = _object(item, "replies")
    included = nested.get("data")
    included = [reply for reply in included if isinstance(reply, dict)] if included else []
    is_cut = bool(_object(nested, "paging").get("next"))
    link = str(_object(item, "media").get("permalink") or "")
    first = comment(
        item,
        post_id=post_id,
        own=own,
        at=at,
        reply_count=len(included),
        fallback=Visibility.PUBLIC,
    )
    replies = [
        comment(
            reply,
            post_id=first.post_id,
            parent_id=first.id,
            own=own,
            at=at,
            link=link,
            fallback=Visibility.PUBLIC,
        )
        for reply in included
    ]
    return [first, *replies], ThreadRef(first.id, first.post_id, None) if is_cut else None


class Own:
    """Who the connected account is, to tell its own words from those of others."""

    def __init__(self, user_id: str, username: str) -> None:
        self.user_id = user_id
        self.username = username.lower()

    def wrote(self, item: Mapping[str, Any]) -> bool:
        """Whether this comment is the account's. Its id there may be a scoped one: names count."""
        author = _object(item, "from")
        if author.get("self_ig_scoped_id") or (self.user_id and author.get("id") == self.user_id):
            return True
        name = str(author.get("username") or item.get("username") or "").lower()
        return bool(self.username) and name == self.username


def comment(
    item: dict[str, Any],
    *,
    post_id: str = "",
    parent_id: str | None = None,
    own: Own,
    at: datetime,
    reply_count: int = 0,
    link: str = "",
    fallback: Visibility = Visibility.UNKNOWN,
) -> RemoteComment:
    """A comment object. The keywords fill what it may leave out: `at`, when it was heard of."""
    author = _object(item, "from")
    media = _object(item, "media")
    name = str(author.get("username") or item.get("username") or "")
    return RemoteComment(
        id=str(item["id"]),
        post_id=str(media.get("id") or post_id),
        parent_id=str(item.get("parent_id") or parent_id or "") or None,
        author_id=str(author.get("id") or ""),
        author_handle=f"@{name}" if name else "",
        author_name=name,
        author_avatar="",
        text=str(item.get("text") or ""),
        created_at=moment(item["timestamp"]) if item.get("timestamp") else at,
        edited_at=None,
        like_count=_count(item, "like_count") or 0,
        reply_count=reply_count,
        visibility=visibility(item, fallback),
        is_own=own.wrote(item),
        permalink=str(media.get("permalink") or link),
        # Replies are kept as themselves, and the address of their next page holds a token.
        raw={name: value for name, value in item.items() if name != "replies"},
    )


def visibility(item: Mapping[str, Any], fallback: Visibility) -> Visibility:
    """Hidden comments stay in every listing; `hidden` is the only word about them."""
    hidden = item.get("hidden")
    if not isinstance(hidden, bool):
        return fallback
    return Visibility.HELD if hidden else Visibility.PUBLIC


def _picture(item: Mapping[str, Any]) -> str:
    return "" if item.get("media_type") == "VIDEO" else str(item.get("media_url") or "")


def _object(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _count(item: Mapping[str, Any], key: str) -> int | None:
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
