"""The conditions of a rule: a closed vocabulary in groups, read carefully from stored JSON."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harassment.rules.facts import COUNTED_MOST
from harassment.rules.words import PhraseError, read_phrase

Match = Literal["all", "any", "none"]
Op = Literal["least", "below", "is", "not"]

MATCHES: tuple[Match, ...] = ("all", "any", "none")
DEPTH_MOST = 3  # groups in groups in groups
CONDITIONS_MOST = 20
WORDS_MOST = 30  # of one condition
HEADS = (
    "toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack",
    "sexual_explicit",
)  # fmt: skip
# What can be compared, and the highest number that makes sense there.
NUMBERS: dict[str, float] = {
    "score": 1.0,
    **{f"score:{head}": 1.0 for head in HEADS},
    "severity": 4.0,
    "length": 20_000.0,
    "earlier": COUNTED_MOST,
    "strikes": COUNTED_MOST,
    "hidden": COUNTED_MOST,
    "post_age": 24 * 365 * 5.0,  # hours
}
CHOICES = frozenset({"signal", "lexicon", "language", "account", "platform", "creator"})
WORDS = "text"
_COUNTS = frozenset({"severity", "length", "earlier", "strikes", "hidden"})
_NAME_MOST = 80


class RuleError(ValueError):
    """The conditions make no rule: `reason` names why, `value` is what was wrong."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(f"{reason} {value}".strip())
        self.reason, self.value = reason, value


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a comment."""

    what: str
    op: Op
    value: float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of which all, any or none have to be answered with yes."""

    match: Match
    of: tuple["Condition | Group", ...]

    def conditions(self) -> Iterator[Condition]:
        """All of them, whatever the depth."""
        for item in self.of:
            if isinstance(item, Group):
                yield from item.conditions()
            else:
                yield item


def read_conditions(raw: object) -> Group:
    """Conditions from JSON. Total: anything that is no rule raises RuleError.

    At most DEPTH_MOST deep and CONDITIONS_MOST long; numbers inside their range.
    """
    group = _group(raw, 1)
    count = sum(1 for _ in group.conditions())
    if not count:
        raise RuleError("empty")
    if count > CONDITIONS_MOST:
        raise RuleError("many", str(CONDITIONS_MOST))
    return group


def stored(item: Group | Condition) -> dict[str, Any]:
    """As JSON; `read_conditions` reads it back to the same."""
    if isinstance(item, Group):
        return {"match": item.match, "of": [stored(one) for one in item.of]}
    value = list(item.value) if isinstance(item.value, tuple) else item.value
    return {"what": item.what, "op": item.op, "value": value}


def read_condition(raw: Mapping[str, Any]) -> Condition:
    """One condition. Raises RuleError."""
    what, op, value = raw.get("what"), raw.get("op"), raw.get("value")
    if not isinstance(what, str) or not isinstance(op, str):
        raise RuleError("unknown", str(what)[:_NAME_MOST])
    if what in NUMBERS:
        return Condition(what, _op(op, "least", "below"), _number(what, value))
    if what in CHOICES:
        if not isinstance(value, str) or not 0 < len(value) <= _NAME_MOST:
            raise RuleError("choice")
        return Condition(what, _op(op, "is", "not"), value)
    if what == WORDS:
        return Condition(what, _op(op, "is", "not"), _words(value))
    raise RuleError("unknown", what[:_NAME_MOST])


def _group(raw: object, depth: int) -> Group:
    if not isinstance(raw, dict) or raw.get("match") not in MATCHES:
        raise RuleError("unknown")
    if depth > DEPTH_MOST:
        raise RuleError("deep", str(DEPTH_MOST))
    of = raw.get("of")
    if not isinstance(of, list):
        raise RuleError("unknown")
    if len(of) > CONDITIONS_MOST:
        raise RuleError("many", str(CONDITIONS_MOST))
    items: list[Condition | Group] = []
    for one in of:
        if not isinstance(one, dict):
            raise RuleError("unknown")
        items.append(_group(one, depth + 1) if "of" in one else read_condition(one))
    # An empty group says nothing, and "all of nothing" would be true of every comment.
    kept = tuple(one for one in items if not isinstance(one, Group) or one.of)
    return Group(raw["match"], kept)


def _op(raw: str, *known: Op) -> Op:
    for op in known:
        if raw == op:
            return op
    raise RuleError("unknown", raw[:_NAME_MOST])


def _number(what: str, raw: object) -> float:
    try:
        number = float(str(raw).strip().replace(",", "."))
    except ValueError:
        raise RuleError("number", str(raw)[:20]) from None
    if not math.isfinite(number) or not 0 <= number <= NUMBERS[what]:
        raise RuleError("range", f"{NUMBERS[what]:g}")
    if what in _COUNTS and number != int(number):
        raise RuleError("whole", str(raw)[:20])
    return number


def _words(raw: object) -> tuple[str, ...]:
    listed = raw if isinstance(raw, list | tuple) else [raw]
    words = tuple(
        dict.fromkeys(word.strip() for word in listed if isinstance(word, str) and word.strip())
    )
    if not words:
        raise RuleError("words")
    if len(words) > WORDS_MOST:
        raise RuleError("many_words", str(WORDS_MOST))
    for word in words:
        try:
            read_phrase(word)
        except PhraseError as error:
            raise RuleError(f"word_{error}", word[:_NAME_MOST]) from None
    return words
