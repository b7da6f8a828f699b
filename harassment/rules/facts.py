"""What a rule may know of one comment at the moment when Aura first heard it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from harassment.rules.words import Token, tokens_of

COUNTED_MOST = 50  # of an author's history: no rule can ask beyond it


@dataclass(frozen=True)
class Facts:
    """Values only. History is that of the same author on the same account, before this comment."""

    text: str = ""  # normalised
    labels: Mapping[str, float] = field(default_factory=dict)  # head -> calibrated probability
    toxicity: float = 0.0  # the leading head
    severity: int = 0
    language: str = ""
    signals: frozenset[str] = frozenset()  # kinds, and "disguise"
    account: str = ""  # code
    platform: str = ""
    creator: str = ""  # whose account it is; empty when nobody's
    earlier: int = 0  # comments, COUNTED_MOST at most
    strikes: int = 0  # comments that people found harmful
    hidden: int = 0  # comments that were hidden, confirmed by the platform
    post_age_h: float | None = None  # None: the post or its date is not known

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words of the text, folded."""
        return tokens_of(self.text)
