"""A day of asking as people do it: few questions, again and again, while figures arrive."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

OPERATIONS = ("performance", "performance", "explain", "explain", "ideas", "sales")
TEXTS = {
    "performance": ("", "Why did views fall?", "How is the new format going?"),
    "explain": ("",),
    "ideas": ("Bread", "Bread with children", "Knives"),
    "sales": ("A course about bread",),
}


@dataclass(frozen=True)
class Step:
    """After `minute` minutes of the day `person` asks; `has_news`: figures moved just before."""

    minute: float
    person: int
    operation: str
    text: str
    video: int
    language: str
    has_news: bool


def trace(sessions: int = 12, steps: int = 14) -> Iterator[Step]:
    """Sessions of about twelve minutes, forty minutes apart.

    In each a person has two or three questions in mind, opens them in several tabs, comes back to
    them and reloads; in every fourth session the figures move meanwhile.
    """
    chosen = random.Random("replay")
    for session in range(sessions):
        person = session % 2
        language = "fr" if person else "en"
        in_mind = []
        for _ in range(chosen.choice((1, 2, 2))):
            operation = chosen.choice(OPERATIONS)
            text = chosen.choice(TEXTS[operation])
            in_mind.append((operation, text, chosen.randrange(3)))
        minute = session * 40.0
        for step in range(steps):
            minute += chosen.uniform(0.1, 1.7)
            operation, text, video = in_mind[min(chosen.randrange(4), len(in_mind) - 1)]
            has_news = session % 4 == 3 and step == steps // 2
            yield Step(minute, person, operation, text, video, language, has_news)
