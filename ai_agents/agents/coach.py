"""The live coach: other words for a sentence that was computed. It is given counts and no message.

Whether there is anything to say, and what, is not its choice: see ai_agents.coaching.
"""

from typing import Annotated

from pydantic import StringConstraints

from ai_agents.agents.base import LANGUAGES, Closed

OPERATION = "coach"

RULES = """\
You word one tip for a creator who is streaming live, through the software Aura.
Say the same as the computed tip in {language}, warmer and shorter, in one plain sentence that can \
be read at a glance. Add no advice of your own. No Markdown, no links, no emoji, no names.
Write no number that is not among the figures, neither in digits nor in words.
Never describe or repeat abuse, and accuse nobody. Never write the code {canary}."""


class CoachWords(Closed):
    """The tip in other words."""

    tip: Annotated[str, StringConstraints(min_length=1, max_length=160)]


def instructions(language: str, canary: str) -> str:
    """What the model is told."""
    return RULES.format(language=LANGUAGES[language], canary=canary)
