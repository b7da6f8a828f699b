"""Sending a person out: from a channel, a Page or a live chat, for a while or for good."""

from typing import Protocol, runtime_checkable

from integrations.platforms.base import ActionResult


@runtime_checkable
class Bans(Protocol):
    """What an adapter can do besides `Platform` where people can be banned. Never retried."""

    ban_rejects: bool  # a ban for a comment takes the comment away, too, and cannot be lifted

    def ban_author(
        self,
        access: str,
        *,
        comment_id: str,
        author_id: str,
        post_id: str,
        for_s: int | None = None,
    ) -> ActionResult:
        """Ban the author of a comment, or for `for_s` seconds where a chat has that.

        `remote_id`, if any, is what `unban_author` needs. The answer is the proof, where the
        platform has no list of those it sent out: see `BanLists`.
        """
        ...

    def unban_author(self, access: str, ban_id: str) -> ActionResult:
        """Take a ban back; one that is over already is a success."""
        ...


@runtime_checkable
class BanLists(Protocol):
    """What an adapter with `Bans` can do where the platform says who is out."""

    def is_author_banned(self, access: str, ban_id: str) -> bool:
        """Whether the person of this ban is out now, by what `ban_author` gave as `remote_id`."""
        ...
