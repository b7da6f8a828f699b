"""Unusual waves of comments: plain records in, an explained finding out; no ORM, no I/O.

The product and the simulator ask the very same two questions: `judge` (how much does this window
look like a pile-on, and why) and `step` (does that open, keep or end a wave).
"""

from harassment.dogpiles.judging import DAY_S, RECENT_S, WINDOW_MOST, judge
from harassment.dogpiles.records import (
    CLEAR_FROM,
    HOLD_FROM,
    HOSTILE_FROM,
    OPEN_FROM,
    WEIGHED_FROM,
    WEIGHTS,
    Finding,
    Heard,
    Signal,
    SignalName,
)
from harassment.dogpiles.rhythm import COLD, Rhythm, learn
from harassment.dogpiles.watching import CALM_S, DISMISSED_RAISE, Change, Watch, step

__all__ = [
    "CALM_S",
    "CLEAR_FROM",
    "COLD",
    "DAY_S",
    "DISMISSED_RAISE",
    "HOLD_FROM",
    "HOSTILE_FROM",
    "OPEN_FROM",
    "RECENT_S",
    "WEIGHED_FROM",
    "WEIGHTS",
    "WINDOW_MOST",
    "Change",
    "Finding",
    "Heard",
    "Rhythm",
    "Signal",
    "SignalName",
    "Watch",
    "judge",
    "learn",
    "step",
]
