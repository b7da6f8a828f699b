"""Which words translate each other: IBM model 1 over sentence pairs, learned in a minute.

French words are given to an encoder that has never read French: each new word starts where its
English translations are (RAMEN, Tran 2020), and labelled English rows are partly retold in French
(CoSDA-ML, Qin et al. 2020). Both need nothing but a word table.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ROUNDS = 6
KEPT = 4
"""Translations kept for a word."""
LEAST = 0.08
"""Probability below which a translation is noise."""
NULL = "\0"

_WORD = re.compile(r"[^\W_]+")

Table = Mapping[str, Sequence[tuple[str, float]]]


def words(text: str) -> list[str]:
    """Lower-cased words without accents, as the uncased tokeniser reads them."""
    plain = unicodedata.normalize("NFD", text.lower().replace("\u0153", "oe"))
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


@dataclass(frozen=True)
class Alignment:
    """Translations of each French word and of each English word, likeliest first."""

    english_of: Table
    french_of: Table
    french_counts: Mapping[str, int]


def align(pairs: Iterable[tuple[str, str, int]]) -> Alignment:
    """Learn from (English, French, weight) sentences; a weight repeats its sentence."""
    english: dict[str, int] = {NULL: 0}
    french: dict[str, int] = {NULL: 0}
    counts: Counter[str] = Counter()
    rows: list[tuple[list[int], list[int], int]] = []
    for left, right, weight in pairs:
        ours, theirs = words(left), words(right)
        if not ours or not theirs:
            continue
        counts.update(theirs)
        rows.append(
            (
                [english.setdefault(word, len(english)) for word in ours],
                [french.setdefault(word, len(french)) for word in theirs],
                weight,
            )
        )
    return Alignment(
        english_of=_translations([(b, a, weight) for a, b, weight in rows], french, english),
        french_of=_translations(rows, english, french),
        french_counts=counts,
    )


def _translations(
    rows: Sequence[tuple[list[int], list[int], int]],
    sources: Mapping[str, int],
    targets: Mapping[str, int],
) -> Table:
    """p(target | source) by expectation-maximisation; every target word has one source word."""
    links: list[npt.NDArray[np.int64]] = []
    groups: list[npt.NDArray[np.int64]] = []
    weights: list[npt.NDArray[np.float64]] = []
    width = len(targets)
    group = 0
    for source, target, weight in rows:
        with_null = np.array([0, *source], dtype=np.int64)
        links.append((with_null[None, :] * width + np.array(target)[:, None]).ravel())
        groups.append(np.repeat(np.arange(group, group + len(target)), len(with_null)))
        weights.append(np.full(len(target), float(weight)))
        group += len(target)
    if not rows:
        return {}
    link, place = np.unique(np.concatenate(links), return_inverse=True)
    owner = np.concatenate(groups)
    weight_of = np.concatenate(weights)
    source_of = link // width
    chance = np.ones(len(link))
    for _ in range(ROUNDS):
        likely = chance[place]
        share = likely / np.bincount(owner, likely, minlength=group)[owner] * weight_of[owner]
        expected = np.bincount(place, share, minlength=len(link))
        chance = expected / np.bincount(source_of, expected, minlength=len(sources))[source_of]
    source_names, target_names = list(sources), list(targets)
    found: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for at in np.flatnonzero(chance >= LEAST):
        of, to = divmod(int(link[at]), width)
        if of:
            found[source_names[of]].append((target_names[to], float(chance[at])))
    return {
        word: sorted(options, key=lambda option: -option[1])[:KEPT]
        for word, options in found.items()
    }
