"""Words for the simulator: our own comments by category, disguises, and how hostile they look.

Without the model a probability is drawn for every different wording, from the mixture of its
category: mostly judged as it should be, sometimes not. The mixtures are a little worse than what
the shipped model does on sentences it has not learned from; `--model` asks the model itself.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from harassment.detection.normalise import normalise
from harassment.training.parallel import read_own_pairs

Category = Literal["hostile", "disguised", "criticism", "praise", "everyday", "giveaway"]
Judge = Callable[[Sequence[str]], Sequence[float]]


class Mixture(NamedTuple):
    """Right in `share` of all wordings: Beta(right); the rest Beta(wrong)."""

    share: float
    right: tuple[float, float]
    wrong: tuple[float, float]


DISTRIBUTIONS: Mapping[Category, Mixture] = {
    "hostile": Mixture(0.80, (8.0, 2.0), (1.5, 6.0)),  # one in five is missed
    "disguised": Mixture(0.70, (7.0, 2.5), (1.5, 5.0)),
    "criticism": Mixture(0.96, (1.2, 9.0), (4.0, 3.0)),  # one in 25 is taken for hostile
    "praise": Mixture(0.985, (1.0, 30.0), (4.0, 3.0)),
    "everyday": Mixture(0.98, (1.0, 20.0), (4.0, 3.0)),
    "giveaway": Mixture(1.0, (1.0, 30.0), (1.0, 1.0)),  # few wordings, each tried on the model
}
_GROUPS: Mapping[Category, tuple[str, ...]] = {
    "hostile": (
        "insult", "insult-crude", "body-mockery", "voice-mockery", "contempt", "silencing",
        "pile-on", "wish-harm", "identity-sexism", "identity-racism", "threat-direct",
        "suicide-incitement", "sexual-remark", "dehumanising",
    ),
    "criticism": (
        "criticism-content", "criticism-blunt", "disappointment", "advice", "news-talk",
    ),
    "praise": ("praise", "praise-hyperbole", "thanks", "swearing-joy"),
    "everyday": ("question", "smalltalk", "emoji", "teen-slang", "banter", "game-talk"),
}  # fmt: skip
_TAILS = (
    "", "", "", " lol", " mdr", " !!", " 😂", " 🔥", " frr", " tbh", " vraiment", " ...", " omg",
    " bro", " stp", " jpp", " 😭", " haha", " now", " encore",
)  # fmt: skip
GIVEAWAYS = (
    "I want to win, tagging {friend} and {friend}",
    "count me in! shared and subscribed {friend}",
    "Je participe ! partagé et abonnée {friend} {friend}",
    "je tente ma chance {friend} merci pour le concours",
    "done ✅ good luck everyone {friend}",
    "participation validée {friend} {friend} {friend}",
)
_TEMPLATES = (
    ("{call} you {are} a {bad} {thing}, {leave} {now}",
     "everyone knows you {are} a {bad} {thing} {now}",
     "{leave} {call}, nobody wants a {bad} {thing} here"),
    ("{appel} t'es qu'une {nulle} {chose}, {pars} {vite}",
     "tout le monde sait que t'es une {nulle} {chose} {vite}",
     "{pars} {appel}, personne veut d'une {nulle} {chose} ici"),
)  # fmt: skip
_SLOTS: Mapping[str, tuple[str, ...]] = {
    "call": ("hey", "listen", "girl", "lol", "honestly"),
    "are": ("are", "really are", "were always"),
    "bad": ("pathetic", "disgusting", "worthless", "ugly", "filthy"),
    "thing": ("clown", "pig", "fraud", "rat", "piece of trash"),
    "leave": ("delete your channel", "get off the internet", "disappear", "go cry somewhere"),
    "now": ("now", "today", "for good", "already", "please"),
    "appel": ("eh", "écoute", "franchement", "mdr", "la blonde"),
    "nulle": ("sale", "grosse", "pauvre", "vraie"),
    "chose": ("clown", "truie", "ratée", "merde", "vermine"),
    "pars": ("supprime ta chaîne", "dégage d'internet", "disparais", "va pleurer ailleurs"),
    "vite": ("vite", "maintenant", "pour de bon", "allez", "stp"),
}
_LOOK_ALIKE = str.maketrans("aeopcxi", "\u0430\u0435\u043e\u0440\u0441\u0445\u0456")  # Cyrillic
_LEET = str.maketrans("aeio", "4310")


@lru_cache(maxsize=2)
def sentences(*, is_unseen: bool) -> Mapping[Category, tuple[str, ...]]:
    """Our own comments in both languages; only those that no training saw, when asked."""
    by_group: dict[str, list[str]] = defaultdict(list)
    for pair in read_own_pairs():
        if pair.held_out or not is_unseen:
            by_group[pair.group] += [pair.english, pair.french]
    return {
        category: tuple(text for group in groups for text in by_group[group])
        for category, groups in _GROUPS.items()
    }


class Writer:
    """Writes comments of a category and knows how hostile each wording looks."""

    def __init__(self, rng: random.Random, judge: Judge | None = None) -> None:
        self._rng = rng
        self._judge = judge
        self._texts = sentences(is_unseen=judge is not None)
        self._looks: dict[str, float] = {}

    def write(self, category: Category) -> str:
        """A comment of that category, with one of the usual tails."""
        if category == "giveaway":
            return self._fill(self._rng.choice(GIVEAWAYS))
        return self._rng.choice(self._texts[category]) + self._rng.choice(_TAILS)

    def template(self) -> tuple[str, ...]:
        """The wordings that one campaign mutates: one language, one to three frames."""
        frames = self._rng.choice(_TEMPLATES)
        return frames[: self._rng.randint(1, len(frames))]

    def mutate(self, frames: Sequence[str], disguised: float) -> str:
        """One version of a template; `disguised` of them hide from filters as well."""
        text = self._fill(self._rng.choice(frames)) + self._rng.choice(_TAILS)
        if self._rng.random() >= disguised:
            return text
        trick = self._rng.randrange(3)
        if trick == 0:
            return text.translate(_LOOK_ALIKE)
        if trick == 1:
            return text.translate(_LEET)
        return "\u200b".join(text)

    def edit(self, text: str) -> str:
        """A copy as people paste it: another tail, another case, a word lost."""
        words = text.split()
        if len(words) > 6 and self._rng.random() < 0.3:
            words.pop(self._rng.randrange(len(words)))
        copy = " ".join(words) + self._rng.choice(_TAILS)
        return copy.upper() if self._rng.random() < 0.1 else copy

    def looks(self, written: Sequence[tuple[str, Category]]) -> list[tuple[str, float]]:
        """Each comment normalised, with the probability that it is hostile."""
        plain = [normalise(text) for text, _ in written]
        new = {one: kind for one, (_, kind) in zip(plain, written, strict=True)}
        unknown = {one: kind for one, kind in new.items() if one not in self._looks}
        if self._judge:
            self._looks.update(zip(unknown, self._judge(list(unknown)), strict=True))
        else:
            self._looks.update((one, self._draw(kind)) for one, kind in unknown.items())
        return [(one, self._looks[one]) for one in plain]

    def _draw(self, category: Category) -> float:
        mixture = DISTRIBUTIONS[category]
        shape = mixture.right if self._rng.random() < mixture.share else mixture.wrong
        return self._rng.betavariate(*shape)

    def _fill(self, frame: str) -> str:
        filled = frame
        while "{" in filled:
            slot = filled[filled.index("{") + 1 : filled.index("}")]
            word = (
                f"@user{self._rng.randrange(10**6)}"
                if slot == "friend"
                else self._rng.choice(_SLOTS[slot])
            )
            filled = filled.replace(f"{{{slot}}}", word, 1)
        return filled
