"""Words for the simulator: our own comments by category, disguises, and how hostile they look.

Without the model every comment gets a probability from the curve of its category: what the shipped
model said of sentences that it had not learned from. `--model` asks the model itself.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Literal, NamedTuple

from harassment.detection.normalise import normalise
from harassment.dogpiles.records import clearness
from harassment.training.parallel import read_own_pairs

Category = Literal["hostile", "disguised", "criticism", "praise", "everyday", "giveaway"]
Judge = Callable[[Sequence[str]], Sequence[float]]


class Wording(NamedTuple):
    """A comment as it is written. `root`: the sentence or template that it is a version of."""

    text: str
    category: Category
    root: str


class Likeness(NamedTuple):
    """How much of what moves a probability is shared by a whole crowd, and by versions of a root.

    Shares of the variance of normal scores; what is left differs from one version to the next.
    """

    crowd: float
    root: float


_HOSTILE = (
    0.018, 0.064, 0.119, 0.233, 0.345, 0.459, 0.591, 0.661, 0.724, 0.796, 0.856, 0.892, 0.927,
    0.948, 0.96, 0.969, 0.977, 0.984, 0.99, 0.995, 1.0,
)  # fmt: skip
CURVES: Mapping[Category, tuple[float, ...]] = {
    "hostile": _HOSTILE,
    "disguised": _HOSTILE,  # the normaliser takes these disguises off: no loss was measured
    "criticism": (
        0.014, 0.016, 0.018, 0.021, 0.024, 0.026, 0.028, 0.031, 0.035, 0.037, 0.043, 0.048, 0.057,
        0.08, 0.102, 0.135, 0.199, 0.29, 0.603, 0.886, 0.973,
    ),
    "praise": (
        0.014, 0.017, 0.019, 0.021, 0.023, 0.025, 0.027, 0.03, 0.033, 0.035, 0.039, 0.048, 0.061,
        0.088, 0.14, 0.235, 0.341, 0.519, 0.689, 0.943, 0.99,
    ),
    "everyday": (
        0.016, 0.02, 0.024, 0.027, 0.03, 0.034, 0.036, 0.042, 0.047, 0.053, 0.066, 0.081, 0.133,
        0.187, 0.281, 0.41, 0.535, 0.699, 0.854, 0.932, 0.999,
    ),
    "giveaway": (
        0.02, 0.02, 0.023, 0.024, 0.027, 0.029, 0.031, 0.032, 0.032, 0.032, 0.035, 0.039, 0.04,
        0.041, 0.044, 0.05, 0.064, 0.11, 0.139, 0.243, 0.5,
    ),
}  # fmt: skip
"""Probabilities at each twentieth of a category, measured 2026-11-21 on 850 hostile, 248 critical,
154 praising and 294 everyday sentences that the model had not learned from and that are written to
be hard (area under the curve 0.87), and on the 20 give-away wordings (none was above 0.28; twenty
do not show the rarest, hence the 0.5)."""
_EASE = 0.11  # normal scores towards what is right: what people write is not all hard; area 0.90
# Measured: versions of a sentence share 0.86 to 0.92, sentences of one kind 0.07 to 0.15. A crowd
# says several kinds of things, so it shares less than those.
_ALIKE = Likeness(0.05, 0.85)
_LIKENESS: Mapping[Category, Likeness] = {
    "disguised": Likeness(0.05, 0.45),  # assumed: each version has other words in the same frame
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
    "done ✅ good luck everyone {friend}",
    "pick me pick me 🙏 {friend} {friend}",
    "entered! fingers crossed, thanks for doing this {friend}",
    "subscribed, liked and tagged {friend} {friend} {friend}",
    "this would make my year, tagging {friend}",
    "me please!! {friend} come try too",
    "liked + shared to my story {friend}",
    "hoping to win for my little sister {friend}",
    "Je participe ! partagé et abonnée {friend} {friend}",
    "je tente ma chance {friend} merci pour le concours",
    "participation validée {friend} {friend} {friend}",
    "je croise les doigts, j'invite {friend} et {friend}",
    "moi moi moi 🍀 {friend} {friend}",
    "partagé en story, bonne chance à tous {friend}",
    "trop envie de gagner, j'identifie {friend}",
    "je participe avec plaisir pour ma fille {friend}",
    "abonné, liké, commenté {friend} {friend}",
    "merci pour ce super concours, je tente avec {friend}",
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
_USUAL_SAMPLE = 400
_NORMAL = NormalDist()


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


# Stories say the same sentences again and again; normalising was a third of telling them.
_plain = lru_cache(maxsize=65_536)(normalise)


class Writer:
    """Writes what one crowd says, and knows how hostile each wording of it looks."""

    def __init__(self, rng: random.Random, judge: Judge | None = None) -> None:
        self._rng = rng
        self._judge = judge
        self._texts = sentences(is_unseen=judge is not None)
        self._looks: dict[str, float] = {}
        self._drawn: dict[tuple[Category, str], float] = {}  # of the crowd ("") and of each root

    def write(self, category: Category) -> Wording:
        """A comment of that category, with one of the usual tails."""
        if category == "giveaway":
            frame = self._rng.choice(GIVEAWAYS)
            return Wording(self._fill(frame), category, frame)
        root = self._rng.choice(self._texts[category])
        return Wording(root + self._rng.choice(_TAILS), category, root)

    def template(self) -> tuple[str, ...]:
        """The wordings that one campaign mutates: one language, one to three frames."""
        frames = self._rng.choice(_TEMPLATES)
        return frames[: self._rng.randint(1, len(frames))]

    def mutate(self, frames: Sequence[str], disguised: float) -> Wording:
        """One version of a template; `disguised` of them hide from filters as well."""
        frame = self._rng.choice(frames)
        text = self._fill(frame) + self._rng.choice(_TAILS)
        if self._rng.random() < disguised:
            trick = self._rng.randrange(3)
            if trick == 0:
                text = text.translate(_LOOK_ALIKE)
            elif trick == 1:
                text = text.translate(_LEET)
            else:
                text = "\u200b".join(text)
        return Wording(text, "disguised", frame)

    def edit(self, wording: Wording) -> Wording:
        """A copy as people paste it: another tail, another case, a word lost."""
        words = wording.text.split()
        if len(words) > 6 and self._rng.random() < 0.3:
            words.pop(self._rng.randrange(len(words)))
        copy = " ".join(words) + self._rng.choice(_TAILS)
        return wording._replace(text=copy.upper() if self._rng.random() < 0.1 else copy)

    def usual(self, mix: Mapping[Category, float]) -> float:
        """How hostile comments of such a mix look on average, as an account's past would tell."""
        names = self._rng.choices(list(mix), list(mix.values()), k=_USUAL_SAMPLE)
        looks = self.looks([self.write(name) for name in names])
        return sum(clearness(toxicity) for _, toxicity in looks) / len(looks)

    def looks(self, written: Sequence[Wording]) -> list[tuple[str, float]]:
        """Each comment normalised, with the probability that it is hostile."""
        plain = [_plain(wording.text) for wording in written]
        new = dict(zip(plain, written, strict=True))
        unknown = {one: wording for one, wording in new.items() if one not in self._looks}
        if self._judge:
            self._looks.update(zip(unknown, self._judge(list(unknown)), strict=True))
        else:
            self._looks.update((one, self._draw(wording)) for one, wording in unknown.items())
        return [(one, self._looks[one]) for one in plain]

    def _draw(self, wording: Wording) -> float:
        crowd, root = _LIKENESS.get(wording.category, _ALIKE)
        eased = _EASE if wording.category in ("hostile", "disguised") else -_EASE
        score = eased + (
            crowd**0.5 * self._shared(wording.category, "")
            + root**0.5 * self._shared(wording.category, wording.root)
            + (1 - crowd - root) ** 0.5 * self._rng.gauss(0, 1)
        )
        curve = CURVES[wording.category]
        place = _NORMAL.cdf(score) * (len(curve) - 1)
        step = min(int(place), len(curve) - 2)
        return curve[step] + (place - step) * (curve[step + 1] - curve[step])

    def _shared(self, category: Category, root: str) -> float:
        key = (category, root)
        if key not in self._drawn:
            self._drawn[key] = self._rng.gauss(0, 1)
        return self._drawn[key]

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
