"""The sandbox's memory: channels, videos, people, comments, and the platform's own rules."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

Status = Literal["published", "heldForReview", "likelySpam", "rejected"]
STATUSES: tuple[Status, ...] = ("published", "heldForReview", "likelySpam", "rejected")

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def token(length: int, *parts: object) -> str:
    """A stable URL-safe id of `length` characters made from `parts`."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=64).digest()
    return "".join(_ALPHABET[byte & 63] for byte in digest[:length])


@dataclass(frozen=True, slots=True)
class Mint:
    """How one platform's ids look. Comment ids take a salt and the parent's id, "" for none."""

    channel: Callable[[int, str], str]  # seed, key
    video: Callable[[int, str], str]  # seed, title
    author: Callable[[str], str]  # handle
    comment: Callable[[str, str], str]


class Clock:
    """Real time plus what the control plane added."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The sandbox's present."""
        return datetime.now(UTC) + self.offset


@dataclass(slots=True)
class Channel:
    """A channel that can be connected. Its uploads playlist id is its own id with UU in front."""

    id: str
    key: str
    title: str
    handle: str
    description: str
    country: str
    language: str
    colour: str
    subscribers: int
    views: int
    views_per_hour: int
    published_at: datetime

    @property
    def uploads(self) -> str:
        """The uploads playlist, as YouTube derives it."""
        return "UU" + self.id[2:]


@dataclass(slots=True)
class Video:
    """A public upload."""

    id: str
    channel_id: str
    title: str
    description: str
    published_at: datetime
    minutes: int
    views: int
    likes: int
    comments_enabled: bool = True


@dataclass(slots=True)
class Author:
    """Somebody who comments. `handle` starts with @."""

    id: str
    handle: str


@dataclass(slots=True)
class Comment:
    """A comment (`parent_id` None) or a reply."""

    id: str
    channel_id: str
    video_id: str
    parent_id: str | None
    author_id: str
    text: str
    published_at: datetime
    updated_at: datetime
    likes: int = 0
    status: Status = "published"


def _comment_id(salt: str, parent_id: str) -> str:
    # Shapes seen on YouTube: a top comment is 26 characters, a reply is <parent>.<22 more>.
    if parent_id:
        return f"{parent_id}.{token(22, 'reply', salt)}"
    return f"Ug{token(17, 'comment', salt)}4AaABAg"


YOUTUBE = Mint(
    channel=lambda seed, key: "UC" + token(22, "channel", seed, key),
    video=lambda seed, title: token(11, "video", seed, title),
    author=lambda handle: "UC" + token(22, "author", handle),
    comment=_comment_id,
)


@dataclass
class World:
    """Everything the platform knows. Comments change only through the methods below."""

    clock: Clock
    epoch: datetime
    mint: Mint = YOUTUBE
    channels: dict[str, Channel] = field(default_factory=dict)
    videos: dict[str, Video] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    bans: dict[str, set[str]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    version: int = 0
    _replies: dict[str, list[str]] = field(default_factory=dict)
    _by_video: dict[str, list[str]] = field(default_factory=dict)
    _listed: dict[tuple[str, str, str], tuple[int, list[Comment]]] = field(default_factory=dict)

    # --- writing ---------------------------------------------------------------------------------

    def author(self, handle: str) -> Author:
        """The person with this handle, who comes into being when first named."""
        author_id = self.mint.author(handle)
        return self.authors.setdefault(author_id, Author(author_id, handle))

    def add(
        self,
        *,
        video: Video,
        author: Author,
        text: str,
        at: datetime,
        parent: Comment | None = None,
        status: Status = "published",
        likes: int = 0,
        salt: str = "",
    ) -> Comment:
        """Publish a comment; a banned author's is rejected at once, as YouTube does.

        `salt` fixes the id for a story that must be told the same way on another day.
        """
        if author.id in self.bans.get(video.channel_id, ()):
            status = "rejected"
        at = at.replace(microsecond=0)
        comment = Comment(
            id=self.mint.comment(
                salt or f"{at}|{author.id}|{self.version}", parent.id if parent else ""
            ),
            channel_id=video.channel_id,
            video_id=video.id,
            parent_id=parent.id if parent else None,
            author_id=author.id,
            text=text,
            published_at=at,
            updated_at=at,
            likes=likes,
            status=status,
        )
        self.put(comment)
        return comment

    def put(self, comment: Comment) -> None:
        """Insert or replace a whole comment, indexes included."""
        if comment.id not in self.comments:
            self._by_video.setdefault(comment.video_id, []).append(comment.id)
            if comment.parent_id:
                self._replies.setdefault(comment.parent_id, []).append(comment.id)
        self.comments[comment.id] = comment
        self._mark(comment)

    def edit(self, comment: Comment, text: str) -> None:
        """The author changes the text."""
        comment.text = text
        edited_at = max(self.clock.now(), comment.published_at + timedelta(seconds=1))
        comment.updated_at = edited_at.replace(microsecond=0)
        self._mark(comment)

    def delete(self, comment_id: str) -> None:
        """The comment is gone for everybody, with its replies."""
        comment = self.comments.pop(comment_id, None)
        if comment is None:
            return
        self.version += 1
        self.removed.add(comment_id)
        self.touched.discard(comment_id)
        self._by_video[comment.video_id].remove(comment_id)
        if comment.parent_id:
            self._replies[comment.parent_id].remove(comment_id)
        for reply_id in self._replies.pop(comment_id, []).copy():
            self._replies.setdefault(comment_id, []).append(reply_id)
            self.delete(reply_id)
        self._replies.pop(comment_id, None)

    def moderate(self, comments: Iterable[Comment], status: Status, *, ban: bool = False) -> None:
        """The channel's owner decides; `ban` rejects the authors' future comments."""
        for comment in comments:
            comment.status = status
            self._mark(comment)
            if ban:
                self.bans.setdefault(comment.channel_id, set()).add(comment.author_id)

    # --- reading ---------------------------------------------------------------------------------

    def replies(self, parent_id: str, *statuses: Status) -> list[Comment]:
        """Replies in the given states (published when none is named), oldest first."""
        wanted = statuses or ("published",)
        found = [self.comments[reply_id] for reply_id in self._replies.get(parent_id, [])]
        return sorted((c for c in found if c.status in wanted), key=_age)

    def threads(self, status: Status, *, channel_id: str = "", video_id: str = "") -> list[Comment]:
        """Top comments of the threads in one moderation listing, newest first.

        Published: the top comment is. Held and spam: the top comment or one of its replies is
        (commentThreads.list, parameter moderationStatus).
        """
        asked = (status, channel_id, video_id)
        version, known = self._listed.get(asked, (-1, []))
        if version != self.version:
            # Page after page of an unchanged listing: a hundred thousand are sorted once.
            known = self._list_threads(status, channel_id, video_id)
            self._listed[asked] = (self.version, known)
        return known.copy()

    def _list_threads(self, status: Status, channel_id: str, video_id: str) -> list[Comment]:
        if video_id:
            pool = [self.comments[found] for found in self._by_video.get(video_id, [])]
        else:
            pool = [c for c in self.comments.values() if c.channel_id == channel_id]
        tops: dict[str, Comment] = {}
        for comment in pool:
            if comment.status != status:
                continue
            if comment.parent_id is None:
                tops[comment.id] = comment
            elif status != "published":
                parent = self.comments[comment.parent_id]
                if parent.status != "rejected":
                    tops[parent.id] = parent
        return sorted(tops.values(), key=_age, reverse=True)

    def is_reachable(self, comment: Comment) -> bool:
        """False when rejected, or below a rejected comment, whose replies are hidden with it."""
        parent = self.comments.get(comment.parent_id or "")
        return comment.status != "rejected" and (parent is None or parent.status != "rejected")

    def uploads(self, channel_id: str) -> list[Video]:
        """Videos of a channel, newest first."""
        found = [video for video in self.videos.values() if video.channel_id == channel_id]
        return sorted(found, key=lambda video: video.published_at, reverse=True)

    def of_video(self, video_id: str) -> list[Comment]:
        """Comments and replies of a video in every state, in the order they came."""
        return [self.comments[comment_id] for comment_id in self._by_video.get(video_id, [])]

    def comment_count(self, video_id: str) -> int:
        """Published comments and replies of a video."""
        return sum(comment.status == "published" for comment in self.of_video(video_id))

    def hours(self) -> float:
        """Age of this world in hours: counters grow with it."""
        return max((self.clock.now() - self.epoch).total_seconds() / 3600, 0.0)

    def _mark(self, comment: Comment) -> None:
        self.version += 1
        self.touched.add(comment.id)


def _age(comment: Comment) -> tuple[datetime, str]:
    return comment.published_at, comment.id
