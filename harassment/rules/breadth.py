"""Whether a rule would fit comments that nobody minds: asked of invented harmless ones."""

from collections.abc import Iterable, Iterator
from itertools import product

from harassment.rules.actions import is_intrusive
from harassment.rules.conditions import HEADS, Group
from harassment.rules.facts import COUNTED_MOST, Facts
from harassment.rules.judging import fits
from harassment.rules.words import Lexicon

# Shares of harmless comments that a rule may fit: a label is cheap, a hidden comment is not.
INTRUSIVE_MOST = 0.1
LABEL_MOST = 0.6
_PROBES_MOST = 0.5  # of the invented ones, where a rule does something to somebody
_PLACES = ("account", "platform", "creator", "language")
_TEXTS = (
    "Thank you for this video", "Merci pour cette video", "When is the next one?", "ok",
    "I did not like the music this time, but the rest was fine. " * 4, "",
)  # fmt: skip
_HISTORIES = ((0, 0.5), (0, 400.0), (3, 30.0), (COUNTED_MOST, None))  # comments, age of the post


def most_harmless(actions: Iterable[dict[str, str]]) -> float:
    """The share of harmless comments that a rule with these actions may fit."""
    return INTRUSIVE_MOST if is_intrusive(actions) else LABEL_MOST


def fits_everything(group: Group, actions: Iterable[dict[str, str]], lexicon: Lexicon) -> bool:
    """Whether it fits ordinary comments as such, at least at one of the places it names.

    Asked without a single real comment, so it also protects a workspace that has none yet.
    """
    most = _PROBES_MOST if is_intrusive(actions) else 1.0
    for place in _places(group):
        probes = [
            Facts(
                text=text,
                labels=dict.fromkeys(HEADS, 0.02),
                toxicity=0.02,
                earlier=earlier,
                post_age_h=age,
                account=place["account"],
                platform=place["platform"],
                creator=place["creator"],
                language=place["language"],
            )
            for text, (earlier, age) in product(_TEXTS, _HISTORIES)
        ]
        if sum(fits(group, probe, lexicon) for probe in probes) >= most * len(probes):
            return True
    return False


def _places(group: Group) -> Iterator[dict[str, str]]:
    """Every combination of what the rule names, and of somewhere else."""
    named: dict[str, list[str]] = {name: ["elsewhere"] for name in _PLACES}
    for condition in group.conditions():
        if condition.what in named and isinstance(condition.value, str):
            named[condition.what].append(condition.value)
    for values in product(*(dict.fromkeys(named[name]) for name in _PLACES)):
        yield dict(zip(_PLACES, values, strict=True))
