"""No-code rules as plain values: what they may ask, what they may do, and whether one fits."""

from harassment.rules.actions import ACTIONS, ActionError, clean_actions
from harassment.rules.conditions import (
    Condition,
    Group,
    RuleError,
    read_conditions,
    stored,
)
from harassment.rules.facts import Facts
from harassment.rules.judging import fits
from harassment.rules.words import Lexicon

__all__ = [
    "ACTIONS",
    "ActionError",
    "Condition",
    "Facts",
    "Group",
    "Lexicon",
    "RuleError",
    "clean_actions",
    "fits",
    "read_conditions",
    "stored",
]
