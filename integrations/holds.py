"""Comments that stay when their account's data goes: upper rooms register which, and why."""

from collections.abc import Callable, Collection

# Comment ids in, those of them that must stay out; in the entered workspace.
Holder = Callable[[Collection[int]], set[int]]

_holders: list[Holder] = []


def register(holder: Holder) -> None:
    """Let a room keep what it needs. Called while the application starts."""
    if holder not in _holders:
        _holders.append(holder)


def held_ids(comment_ids: Collection[int]) -> set[int]:
    """Those of the comments that some room must keep."""
    held: set[int] = set()
    for holder in _holders:
        held |= holder(comment_ids)
    return held
