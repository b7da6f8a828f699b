"""The analytics agent: words for figures that the screen shows. It computes nothing itself."""

from collections.abc import Sequence
from typing import Annotated

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from ai_agents.agents.base import Closed, Operation, Passage, Statement, Wish


class PerformanceReport(Closed):
    """What stands out, and what could be tried."""

    findings: Annotated[list[Statement], Field(min_length=1, max_length=6)]
    advice: Annotated[list[Statement], Field(max_length=3)]


class Rewording(Closed):
    """A computed finding in other words."""

    sentences: Annotated[list[Statement], Field(min_length=1, max_length=3)]


def _reworded(answer: Rewording, _wish: Wish) -> Sequence[Passage]:
    return [one.passage(gettext("In other words")) for one in answer.sentences]


def _pages(answer: PerformanceReport, _wish: Wish) -> Sequence[Passage]:
    found = [one.passage(gettext("Finding")) for one in answer.findings]
    return [*found, *(one.passage(gettext("To try")) for one in answer.advice)]


OPERATIONS = (
    Operation(
        name="explain",
        agent="analytics",
        label=_("Why did it work?"),
        help=_("One video beside the others of its account."),
        fields=("language",),
        schema=PerformanceReport,
        task=lambda wish: (
            "Say in which figures this video differs from the usual ones of its account, the"
            " largest difference first. Name in `figures` the ref of each figure you used."
        ),
        pages=_pages,
    ),
    Operation(
        name="performance",
        agent="analytics",
        label=_("How is it going?"),
        help=_("Your accounts in the last weeks."),
        fields=("text", "language"),
        schema=PerformanceReport,
        task=lambda wish: (
            "Say what stands out in the figures of the accounts, and answer the person's question"
            " from them. Figures of another period can be looked up. Name in `figures` the ref of"
            " each figure you used."
        ),
        pages=_pages,
        looks_up=True,
    ),
    Operation(
        name="phrase",
        agent="analytics",
        label=_("In other words"),
        help=_("A computed finding, worded by a model."),
        fields=("language",),
        schema=Rewording,
        task=lambda wish: (
            "Say the computed finding that the person quotes in two or three plain sentences for"
            " somebody without statistics, and what one could try. Add no finding of your own. Name"
            " in `figures` the ref of each figure you used."
        ),
        pages=_reworded,
        is_on_form=False,
    ),
)
