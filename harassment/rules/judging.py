"""Whether a rule fits a comment: the one engine of preview, shadow mode and live action."""

from functools import lru_cache

from harassment.rules.conditions import NUMBERS, WORDS, Condition, Group
from harassment.rules.facts import Facts
from harassment.rules.words import Lexicon, Wordlist, read_phrase


def fits(group: Group, facts: Facts, lexicon: Lexicon) -> bool:
    """Whether the conditions hold for that comment. Pure, and total over its arguments."""
    answers = (
        fits(item, facts, lexicon) if isinstance(item, Group) else _holds(item, facts, lexicon)
        for item in group.of
    )
    if group.match == "all":
        return all(answers)
    is_any = any(answers)
    return is_any if group.match == "any" else not is_any


def _holds(condition: Condition, facts: Facts, lexicon: Lexicon) -> bool:
    what, value = condition.what, condition.value
    if what in NUMBERS and isinstance(value, float):
        number = _number(what, facts)
        if number is None:
            return False  # what is not known is neither more nor less
        return number >= value if condition.op == "least" else number < value
    if what == WORDS and isinstance(value, tuple):
        is_so = _wordlist(value).is_in(facts.tokens)
    else:
        is_so = _is(what, str(value), facts, lexicon)
    return is_so if condition.op == "is" else not is_so


def _number(what: str, facts: Facts) -> float | None:
    head = what.removeprefix("score:")
    if head != what:
        return facts.labels.get(head)
    known: dict[str, float | None] = {
        "score": facts.toxicity,
        "severity": facts.severity,
        "length": len(facts.text),
        "earlier": facts.earlier,
        "strikes": facts.strikes,
        "hidden": facts.hidden,
        "post_age": facts.post_age_h,
    }
    return known[what]


def _is(what: str, value: str, facts: Facts, lexicon: Lexicon) -> bool:
    if what == "signal":
        return value in facts.signals
    if what == "lexicon":
        return lexicon.finds(value, facts.tokens)
    return value == {
        "language": facts.language,
        "account": facts.account,
        "platform": facts.platform,
        "creator": facts.creator,
    }.get(what)


@lru_cache(maxsize=256)
def _wordlist(words: tuple[str, ...]) -> Wordlist:
    return Wordlist(read_phrase(word) for word in words)
