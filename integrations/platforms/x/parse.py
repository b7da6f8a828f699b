"""X's objects, turned into the dataclasses of `platforms.base`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.platforms.base import RemoteAccount, RemoteComment, RemotePost, Visibility

WWW = "https://x.com"
USER_FIELDS = "id,name,username,profile_image_url,public_metrics,created_at"
POST_FIELDS = "id,text,created_at,public_metrics"
MENTION_FIELDS = "id,text,created_at,author_id,conversation_id,referenced_tweets,public_metrics"
_TITLE = 120


def account(body: Mapping[str, Any]) -> RemoteAccount:
    """The answer of users/me."""
    user = _object(body, "data")
    metrics = _object(user, "public_metrics")
    name = str(user.get("username") or "")
    return RemoteAccount(
        id=str(user["id"]),
        handle=f"@{name}" if name else "",
        name=str(user.get("name") or name),
        avatar=str(user.get("profile_image_url") or ""),
        url=f"{WWW}/{name}" if name else WWW,
        uploads_id=str(user["id"]),
        followers=_count(metrics, "followers_count"),
        posts=_count(metrics, "tweet_count"),
        views=None,
        created_at=_moment(user["created_at"]) if user.get("created_at") else None,
        raw=user,
    )


def post(item: Mapping[str, Any]) -> RemotePost:
    """A post with its public counters."""
    metrics = _object(item, "public_metrics")
    text = str(item.get("text") or "")
    more = {"shares": _count(metrics, "retweet_count"), "quotes": _count(metrics, "quote_count")}
    return RemotePost(
        id=str(item["id"]),
        title=text.partition("\n")[0][:_TITLE],
        text=text,
        url=f"{WWW}/i/web/status/{item['id']}",
        thumbnail="",
        created_at=_moment(item["created_at"]),
        privacy="public",
        views=_count(metrics, "impression_count"),
        likes=_count(metrics, "like_count"),
        comments=_count(metrics, "reply_count"),
        comments_enabled=True,
        raw=dict(item),
        more={name: value for name, value in more.items() if value is not None},
    )


def mention(
    item: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]], *, own_id: str = ""
) -> RemoteComment:
    """A post that names the account. Deleted and suspended authors are in no `includes`."""
    author_id = str(item.get("author_id") or "")
    author = people.get(author_id, {})
    name = str(author.get("username") or "")
    conversation = str(item.get("conversation_id") or "")
    above = next(
        (
            str(one.get("id"))
            for one in item.get("referenced_tweets") or []
            if isinstance(one, dict) and one.get("type") == "replied_to"
        ),
        "",
    )
    metrics = _object(item, "public_metrics")
    return RemoteComment(
        id=str(item["id"]),
        post_id=conversation,
        parent_id=above if above not in {"", conversation} else None,
        author_id=author_id,
        author_handle=f"@{name}" if name else "",
        author_name=str(author.get("name") or name),
        author_avatar=str(author.get("profile_image_url") or ""),
        text=str(item.get("text") or ""),
        created_at=_moment(item["created_at"]),
        edited_at=None,
        like_count=_count(metrics, "like_count") or 0,
        reply_count=_count(metrics, "reply_count") or 0,
        visibility=Visibility.PUBLIC,
        is_own=bool(own_id) and author_id == own_id,
        permalink=f"{WWW}/i/web/status/{item['id']}",
        raw=dict(item),
    )


def people_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The users sent along, by id."""
    users = _object(body, "includes").get("users")
    found = users if isinstance(users, list) else []
    return {str(user.get("id")): user for user in found if isinstance(user, dict)}


def next_cursor(body: Mapping[str, Any]) -> str | None:
    """Where the next page begins."""
    token = _object(body, "meta").get("next_token")
    return str(token) if token else None


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))


def _object(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _count(item: Mapping[str, Any], key: str) -> int | None:
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
