"""What was found beside the model, for rows, cases and the inbox: kinds and counts, never words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Sum
from django.db.models.functions import JSONObject

from harassment.detection.wording import signal_phrase
from harassment.models import DetectedSignal

_ABUSE_FREE = frozenset({"spam"})


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One kind of finding, counted."""

    kind: str
    detail: str
    count: int

    @property
    def phrase(self) -> str:
        """What was found, in plain words that quote nothing."""
        return signal_phrase(self.detail, self.count)

    @property
    def is_harmful(self) -> bool:
        """Whether it hurts somebody; spam does not."""
        return self.kind not in _ABUSE_FREE


def signals_of_comment() -> ArraySubquery:
    """For a queryset of comments: what was found in the present wording."""
    found = DetectedSignal.objects.filter(comment=OuterRef("pk"), text_hash=OuterRef("text_hash"))
    return ArraySubquery(
        found.order_by("kind", "detail").values(
            line=JSONObject(kind="kind", detail="detail", count="count")
        )
    )


def signals_of_case() -> ArraySubquery:
    """For a queryset of cases: what was found in the present wordings of their incidents."""
    found = DetectedSignal.objects.filter(
        comment__incident__case=OuterRef("pk"), text_hash=F("comment__text_hash")
    )
    return ArraySubquery(
        found.order_by("kind", "detail")
        .values("kind", "detail")
        .annotate(total=Sum("count"))
        .values(line=JSONObject(kind="kind", detail="detail", count="total"))
    )


def has_signal(kind: str) -> Exists:
    """For a queryset of comments: whether one of that kind was found in the present wording."""
    return Exists(
        DetectedSignal.objects.filter(
            comment=OuterRef("pk"), text_hash=OuterRef("text_hash"), kind=kind
        )
    )


def signal_lines(found: Sequence[Mapping[str, Any]] | None) -> tuple[SignalLine, ...]:
    """What the two subqueries bring, ready to show; harmful ones first."""
    lines = [SignalLine(one["kind"], one["detail"], one["count"]) for one in found or ()]
    return tuple(sorted(lines, key=lambda line: not line.is_harmful))
