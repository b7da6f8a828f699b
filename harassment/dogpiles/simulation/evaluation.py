"""Runs the detector over stories, just as the scoring job would, and counts what it did."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in one run."""

    alerts: int
    true_alerts: int  # 1 when the first alert came after the onset, else 0
    seconds: float | None  # from the onset to it


def watch(story: Story) -> Outcome:
    """Look at the story as it unfolds; every opening of a wave is an alert."""
    state, opened = Watch(), []
    recent: list[Heard] = []
    suspect: list[Heard] = []  # of the day before those
    position, heard = 0, story.heard
    while position < len(heard):
        pace = OPEN_LOOK_S if state.is_open else LOOK_S
        now = (heard[position].at // pace + 1) * pace
        while position < len(heard) and heard[position].at < now:
            recent.append(heard[position])
            position += 1
        cut = bisect_left(recent, now - RECENT_S, key=lambda one: one.at)
        suspect += [one for one in recent[:cut] if one.toxicity >= HOSTILE_FROM]
        recent = recent[cut:]
        suspect = [one for one in suspect if one.at > now - DAY_S]
        state, change = step(state, judge([*suspect, *recent], story.account.rhythm, now), now)
        if change == "opened":
            opened.append(now)
    onset = story.onset
    hit = next((at for at in opened if onset is not None and at >= onset), None)
    return Outcome(
        alerts=len(opened),
        true_alerts=int(hit is not None),
        seconds=None if hit is None or onset is None else hit - onset,
    )


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
    alerts, runs = sum(one.alerts for one in outcomes), len(outcomes)
    late = seconds[min(int(len(seconds) * 0.95), len(seconds) - 1)] if seconds else None
    return {
        "runs": runs,
        "recall": round(len(seconds) / runs, 4) if is_wave else None,
        "within_60_s": _share(sum(s <= SOON_S for s in seconds), runs) if is_wave else None,
        "precision": _share(sum(one.true_alerts for one in outcomes), alerts) if alerts else None,
        "alerts": alerts,
        "runs_with_alert": sum(one.alerts > 0 for one in outcomes),
        "seconds_to_alert": round(median(seconds), 1) if seconds else None,
        "seconds_to_alert_p95": None if late is None else round(late, 1),
        "seconds_to_alert_most": round(seconds[-1], 1) if seconds else None,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4)


def fallen_gates(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What does not hold: waves missed or late, alerts where there was nothing."""
    late = [
        f"{name}: {figures[name]['within_60_s']} within {SOON_S:.0f} s"
        for name in FAST
        if name in figures and figures[name]["within_60_s"] < RECALL_FLOOR
    ]
    loud = [
        f"{name}: {figures[name]['alerts']} alerts"
        for name in SILENT
        if name in figures and figures[name]["alerts"]
    ]
    return late + loud
