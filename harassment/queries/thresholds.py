"""From which score on to hide, by language: how many that would be, and about how many wrongly."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from accounts.models import Membership
from harassment.models import ToxicityScore
from harassment.queries.backtests import LOOKED_AT_MOST, Caught
from harassment.queries.verdicts import decided_comments
from integrations.models import Comment

LANGUAGES = ("en", "fr")
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class ThresholdLine:
    """One score to hide from, with what it would have hidden."""

    level: float
    hidden: Caught
    missed: int  # that people found harmful below it


@dataclass(frozen=True, slots=True)
class LanguageThresholds:
    """One language's newest comments at each level."""

    language: str
    looked_at: int
    lines: tuple[ThresholdLine, ...]


def threshold_table(membership: Membership) -> tuple[LanguageThresholds, ...]:
    """The newest comments that the person may see, held against each level; two queries.

    What people decided counts as it is; of the others the calibrated probabilities say how many
    are harmless.
    """
    newest = (
        Comment.objects.visible_to(membership)
        .filter(is_own=False)
        .order_by("-published_at", "-pk")
        .values("pk")[:LOOKED_AT_MOST]
    )
    scores: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for pk, language, toxicity in (
        ToxicityScore.objects.current()
        .filter(comment__in=newest, text_hash=F("comment__text_hash"), language__in=LANGUAGES)
        .values_list("comment_id", "language", "toxicity")
    ):
        scores[language].append((toxicity, pk))
    said = dict(
        decided_comments(Comment.objects.filter(pk__in=newest)).values_list("pk", "is_harmful")
    )
    return tuple(
        LanguageThresholds(language, len(listed), _lines(sorted(listed), said))
        for language in LANGUAGES
        for listed in [scores[language]]
    )


def threshold_conditions(levels: Mapping[str, float]) -> dict[str, Any]:
    """A rule's conditions: any of the languages, each from its own level on."""
    return {
        "match": "any",
        "of": [
            {
                "match": "all",
                "of": [
                    {"what": "language", "op": "is", "value": language},
                    {"what": "score", "op": "least", "value": level},
                ],
            }
            for language, level in levels.items()
        ],
    }


def _lines(scores: list[tuple[float, int]], said: Mapping[int, bool]) -> tuple[ThresholdLine, ...]:
    lines = []
    for level in LEVELS:
        start = bisect_left(scores, (level, 0))
        above = scores[start:]
        decided = [said[pk] for _, pk in above if pk in said]
        caught = Caught(
            count=len(above),
            harmful=sum(decided),
            harmless=len(decided) - sum(decided),
            expected_wrong=sum(1 - score for score, pk in above if pk not in said),
        )
        missed = sum(said.get(pk, False) for _, pk in scores[:start])
        lines.append(ThresholdLine(level, caught, missed))
    return tuple(lines)
