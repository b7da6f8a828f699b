"""What a finding is, before it is a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ai_agents.numbers import Figure


class Kind(StrEnum):
    """What a finding is about; the word is also the name of its sentence."""

    HOUR = "hour"  # subject: "18-21", hours of the creator's day
    WEEKDAY = "weekday"  # subject: "0" is Monday
    TOPIC = "topic"  # subject: the word or hashtag of titles
    RHYTHM = "rhythm"  # subject: "more" or "less" fits the better weeks
    PAUSE = "pause"
    VIEWS = "views"  # subject: "up" or "down"
    COMMENTS = "comments"  # the same
    AUDIENCE = "audience"  # the same, of followers won
    VIDEO = "video"  # subject: the id of the video, as text
    DAY = "day"  # subject: the day, as ISO
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about an account.

    `chance`: how often chance alone would do the same; 0 where a fact is told and nothing is
    inferred. `n` is what it rests on: videos, weeks or days. `is_large`: worth a plan, not only
    real; what is small is tested and counted all the same, or the counting would be wrong.
    """

    kind: Kind
    subject: str
    figures: Sequence[Figure]
    n: int
    chance: float = 0.0
    is_large: bool = True

    @property
    def name(self) -> str:
        """What tells it from the account's other findings."""
        return f"{self.kind}:{self.subject}"
