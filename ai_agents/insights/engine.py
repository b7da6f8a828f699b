"""All findings of one account: tested together, so that chance is not mistaken for advice."""

from collections import defaultdict
from dataclasses import dataclass

from ai_agents.insights import chance
from ai_agents.insights.findings import Finding, Kind
from ai_agents.insights.history import History
from ai_agents.insights.moving import (
    audience_finding,
    comments_finding,
    day_findings,
    gap_finding,
    video_findings,
    views_finding,
)
from ai_agents.insights.publishing import pause_findings, publishing_findings

FACTS = frozenset({Kind.GAP})  # nothing is inferred, so nothing is tested
SEVERAL = frozenset({Kind.VIDEO, Kind.DAY})  # more than one may be said; of the others, the best


@dataclass(frozen=True, slots=True)
class Insights:
    """What to say, and what may stay if it was said before."""

    found: list[Finding]
    holding: list[Finding]


def insights_of(history: History) -> Insights:
    """The findings of an account that are neither chance nor trifles, surest first.

    One family of tests: the kinds that could be tested, each with its own best candidate.
    `holding` is what is not sure enough to be said first, yet not refuted either.
    """
    candidates = [
        *publishing_findings(history),
        *pause_findings(history),
        *views_finding(history),
        *comments_finding(history),
        *audience_finding(history),
        *video_findings(history),
        *day_findings(history),
        *gap_finding(history),
    ]
    facts = [one for one in candidates if one.kind in FACTS]
    by_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for one in candidates:
        if one.kind not in FACTS:
            by_kind[one.kind].append(one)
    best = {kind: min(own, key=lambda one: one.chance) for kind, own in by_kind.items()}
    bar = chance.passing([one.chance for one in best.values()])
    found = [
        one
        for kind, own in by_kind.items()
        for one in (own if kind in SEVERAL else [best[kind]])
        if one.chance <= bar and one.is_large
    ]
    found.sort(key=lambda one: (one.chance, one.name))
    holding = [
        one
        for own in by_kind.values()
        for one in own
        if one.chance <= chance.LOOSE and one.is_large and one not in found
    ]
    return Insights([*found, *facts], holding)
