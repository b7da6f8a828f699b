"""The sales agent: words for what was computed from the person's own numbers."""

from collections.abc import Sequence
from typing import Annotated

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from ai_agents.agents.base import Closed, Operation, Passage, Statement, Wish

Statements = Annotated[list[Statement], Field(max_length=3)]


class SalesPlan(Closed):
    """Price, what else to offer, where buyers are lost, and what would come of it."""

    pricing: Statements
    upsell: Statements
    funnel: Statements
    projection: Statements


def _pages(answer: SalesPlan, _wish: Wish) -> Sequence[Passage]:
    parts = (
        (gettext("Price"), answer.pricing),
        (gettext("Further offers"), answer.upsell),
        (gettext("From visitor to buyer"), answer.funnel),
        (gettext("Projection"), answer.projection),
    )
    return [one.passage(title) for title, statements in parts for one in statements]


OPERATIONS = (
    Operation(
        name="sales",
        agent="sales",
        label=_("Sales"),
        help=_("From your own numbers: price, further offers, projection."),
        fields=("text", "price", "buyers", "visitors", "growth", "language"),
        schema=SalesPlan,
        task=lambda wish: (
            "Word what the computed figures say about price, further offers, the way from visitor"
            " to buyer, and the projection. A projection is a sum, not a promise: say so. Name in"
            " `figures` the ref of each figure you used."
        ),
        pages=_pages,
    ),
)
