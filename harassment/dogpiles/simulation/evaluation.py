"""Runs the detector over stories, just as the scoring job would, and counts what it did."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harassment.dogpiles.copies import Groups
from harassment.dogpiles.judging import DAY_S, RECENT_S, judge
from harassment.dogpiles.records import HOSTILE_FROM, Heard
from harassment.dogpiles.simulation.scenarios import SCENARIOS, WAVES, Story, tell
from harassment.dogpiles.simulation.sentences import Judge
from harassment.dogpiles.watching import Watch, step

LOOK_S = 5  # comments of five seconds are judged together, as a job would
OPEN_LOOK_S = 30  # while a wave is open nothing is to be missed
SOON_S = 60.0
RECALL_FLOOR = 0.95
FAST = ("brigade", "mutating_template", "brigade_small", "mutating_template_small")
SILENT = ("organic_viral", "giveaway", "organic_viral_small", "giveaway_small")
_CHANCE = 1e-4  # how often a gate may fall over a detector that just meets its target


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in one run."""

    alerts: int
    true_alerts: int  # 1 when the first alert came after the onset, else 0
    seconds: float | None  # from the onset to it
    said: int | None  # comments of the wave until then


def watch(story: Story) -> Outcome:
    """Look at the story as it unfolds; every opening of a wave is an alert."""
    state, opened, groups = Watch(), [], Groups()
    recent: list[Heard] = []
    suspect: list[Heard] = []  # of the day before those
    position, heard = 0, story.heard
    while position < len(heard):
        pace = OPEN_LOOK_S if state.is_open else LOOK_S
        now = (heard[position].at // pace + 1) * pace
        new = heard[position : bisect_left(heard, now, lo=position, key=_when)]
        position += len(new)
        recent += new
        if not state.is_open and all(one.toxicity < HOSTILE_FROM for one in new):
            continue  # the product does not look either: nothing hostile, no wave begins
        cut = bisect_left(recent, now - RECENT_S, key=_when)
        suspect += [one for one in recent[:cut] if one.toxicity >= HOSTILE_FROM]
        recent = recent[cut:]
        suspect = suspect[bisect_left(suspect, now - DAY_S, key=_when) :]
        finding = judge([*suspect, *recent], story.account.rhythm, now, groups)
        state, change = step(state, finding, now)
        if change == "opened":
            opened.append(now)
    onset = story.onset
    hit = next((at for at in opened if onset is not None and at >= onset), None)
    return Outcome(
        alerts=len(opened),
        true_alerts=int(hit is not None),
        seconds=None if hit is None or onset is None else hit - onset,
        said=None if hit is None else story.said_until(hit),
    )


def _when(one: Heard) -> float:
    return one.at


def evaluate(
    seed: int, runs: int, *, scenarios: Iterable[str] = SCENARIOS, judge_texts: Judge | None = None
) -> dict[str, dict[str, Any]]:
    """Figures of every scenario over that many runs of random parameters.

    `recall`: waves that were alerted at all; `within_60_s`: those in time; `precision`: alerts
    that were the first of a real wave. The three are None where they make no sense.
    """
    figures = {}
    for name in scenarios:
        outcomes = [watch(tell(name, f"{seed}:{run}", judge_texts)) for run in range(runs)]
        figures[name] = _figures(outcomes, is_wave=name in WAVES)
    return figures


def _figures(outcomes: list[Outcome], *, is_wave: bool) -> dict[str, Any]:
    seconds = sorted(one.seconds for one in outcomes if one.seconds is not None)
    said = sorted(one.said for one in outcomes if one.said is not None)
    alerts, runs = sum(one.alerts for one in outcomes), len(outcomes)
    return {
        "runs": runs,
        "recall": _share(len(seconds), runs) if is_wave else None,
        "within_60_s": _share(sum(s <= SOON_S for s in seconds), runs) if is_wave else None,
        "precision": _share(sum(one.true_alerts for one in outcomes), alerts) if alerts else None,
        "alerts": alerts,
        "runs_with_alert": sum(one.alerts > 0 for one in outcomes),
        "seconds_to_alert": _at(seconds, 0.5),
        "seconds_to_alert_p90": _at(seconds, 0.9),
        "seconds_to_alert_p95": _at(seconds, 0.95),
        "seconds_to_alert_most": _at(seconds, 1.0),
        "comments_to_alert": _at(said, 0.5),
        "comments_to_alert_p90": _at(said, 0.9),
    }


def _at(ranked: Sequence[float], share: float) -> float | None:
    """The value that `share` of them do not exceed."""
    return round(ranked[max(math.ceil(share * len(ranked)) - 1, 0)], 1) if ranked else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4)


def misses_allowed(runs: int, floor: float = RECALL_FLOOR) -> int:
    """How many misses chance explains where `floor` holds: more come once in 10,000 evaluations."""
    allowed, chance = runs, 0.0
    while allowed >= 0:
        chance += math.comb(runs, allowed) * (1 - floor) ** allowed * floor ** (runs - allowed)
        if chance > _CHANCE:
            return allowed
        allowed -= 1
    return 0


def fallen_gates(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What does not hold: more waves missed or late than chance explains, alerts over nothing."""
    late = [
        f"{name}: {found['within_60_s']} within {SOON_S:.0f} s"
        for name in FAST
        if (found := figures.get(name))
        and round((1 - found["within_60_s"]) * found["runs"]) > misses_allowed(found["runs"])
    ]
    loud = [
        f"{name}: {figures[name]['alerts']} alerts"
        for name in SILENT
        if name in figures and figures[name]["alerts"]
    ]
    return late + loud
