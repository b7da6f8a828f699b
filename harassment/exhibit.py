"""What could already be read under a post at a moment: counted from what is known, with gaps."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sight(StrEnum):
    """Whether a comment could be read at a moment."""

    OPEN = "open"
    HIDDEN = "hidden"
    UNSURE = "unsure"  # it is not public any more, and nobody knows since when


@dataclass(frozen=True, slots=True)
class Turn:
    """A confirmed act of the team on one comment: from then on it was public, or was not."""

    at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """One comment under the post. `turns` in the order of time; `was_open` before the first."""

    key: int
    post: int
    published_at: datetime
    seen_at: datetime  # when Aura first had it
    is_public: bool  # as the platform last told
    is_flagged: bool
    is_edited: bool
    was_open: bool = True
    turns: tuple[Turn, ...] = ()

    def sight_at(self, moment: datetime) -> Sight:
        """Whether it could be read then; only asked about comments published before."""
        passed = [turn for turn in self.turns if turn.at <= moment]
        if not passed and self.turns:
            return Sight.OPEN if self.was_open else Sight.UNSURE
        # What the last act left is only certain while the platform still shows the same.
        is_open = passed[-1].is_open if passed else True
        if len(passed) == len(self.turns) and is_open != self.is_public:
            return Sight.UNSURE
        return Sight.OPEN if is_open else Sight.HIDDEN


@dataclass(frozen=True, slots=True)
class Before:
    """How much stood under the post before a moment."""

    total: int  # everything published before, whatever became of it
    open: int
    unsure: int
    flagged: int  # of the open ones
    edited: int  # of the open ones: their present words may be newer than the moment
    captured: int  # of the open ones: Aura had them by then


class PostHistory:
    """The comments of one post, sorted so that each question costs no walk over all of them."""

    def __init__(self, heard: Iterable[Heard]) -> None:
        everything = list(heard)
        steady = [one for one in everything if not one.turns]
        public = [one for one in steady if one.is_public]
        self._changing = [one for one in everything if one.turns]
        self._all = sorted(one.published_at for one in everything)
        self._open = sorted(one.published_at for one in public)
        self._unsure = sorted(one.published_at for one in steady if not one.is_public)
        self._flagged = sorted(one.published_at for one in public if one.is_flagged)
        self._edited = sorted(one.published_at for one in public if one.is_edited)
        # Published before and captured by then: whichever of the two came last decides.
        self._late = sorted(one.seen_at for one in public if one.seen_at > one.published_at)
        self._prompt = sorted(one.published_at for one in public if one.seen_at <= one.published_at)

    def before(self, moment: datetime) -> Before:
        """What stood there strictly before; written in the same instant is not before."""
        past = [one for one in self._changing if one.published_at < moment]
        sights = [(one, one.sight_at(moment)) for one in past]
        shown = [one for one, sight in sights if sight is Sight.OPEN]
        return Before(
            total=_until(self._all, moment),
            open=_until(self._open, moment) + len(shown),
            unsure=_until(self._unsure, moment) + sum(sight is Sight.UNSURE for _, sight in sights),
            flagged=_until(self._flagged, moment) + sum(one.is_flagged for one in shown),
            edited=_until(self._edited, moment) + sum(one.is_edited for one in shown),
            captured=bisect_right(self._late, moment)
            + _until(self._prompt, moment)
            + sum(one.seen_at <= moment for one in shown),
        )


def _until(moments: Sequence[datetime], moment: datetime) -> int:
    return bisect_left(moments, moment)
