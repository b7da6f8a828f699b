"""Live chats: what a platform tells of them while they last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from integrations.platforms.base import RemoteComment
from integrations.platforms.base import sentence as _

# A message of a live chat is a comment whose id says so: it can be removed and never held.
LIVE = "live:"
NOT_LIVE = _("A message in a live chat cannot be held or answered, only removed.")
TIMEOUT_SECONDS = 300  # what "for a while" means, as on YouTube's own page


def is_live(comment_id: str) -> bool:
    """Whether the comment with this id was said in a live chat."""
    return comment_id.startswith(LIVE)


@dataclass(frozen=True, slots=True)
class LiveChat:
    """A chat that is open now; `post_id` is the broadcast, a post like any other."""

    id: str
    post_id: str
    title: str
    began_at: datetime | None


@dataclass(frozen=True, slots=True)
class LivePage:
    """What was said since `cursor`. Ask again after `wait_s`, unless it is over.

    `removed` are ids of comments that are shown no more.
    """

    items: tuple[RemoteComment, ...]
    removed: tuple[str, ...]
    next_cursor: str | None
    wait_s: float
    is_over: bool


@runtime_checkable
class LiveChats(Protocol):
    """What an adapter can do besides `Platform` when its platform has live chats to ask."""

    live_units: int  # of the daily allowance, for one page

    def live_chats(self, access: str) -> tuple[LiveChat, ...]:
        """The account's chats that are open now."""
        ...

    def live_messages(self, access: str, chat: LiveChat, cursor: str | None = None) -> LivePage:
        """What was said since `cursor`; without one the latest history."""
        ...
