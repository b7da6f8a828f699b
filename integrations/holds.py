"""What stays when an account's data goes: upper rooms register which, and why."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from django.db.models import Model

# Comment ids in, those of them that must stay out; in the entered workspace.
Holder = Callable[[Collection[int]], set[int]]

_holders: list[Holder] = []
_kept: dict[type[Model], str] = {}


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


def keep(model: type[Model], *, why: str) -> None:
    """Let rows of a model stay although they hang on an account that is erased."""
    _kept[model] = why


def kept_models() -> Mapping[type[Model], str]:
    """The models whose rows stay, each with its reason; rows of all others go."""
    return MappingProxyType(_kept)
