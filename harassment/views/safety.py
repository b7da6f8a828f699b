"""The safety dashboard: how much there is, how fast it is answered, and what reading it costs."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.charts import columns
from harassment.queries import safety
from harassment.queries.clocks import spoken
from harassment.queries.counts import Figure


@member(Grant.READ)
@require_GET
@never_cache
def show_safety(request: WorkspaceRequest) -> HttpResponse:
    """What is open now; the parts below load by themselves."""
    rows = safety.open_cases(request.membership)
    context = {
        "rows": rows,
        "total": sum(row.total for row in rows),
        "overdue": sum(row.overdue for row in rows),
        "days": _days(request),
        "periods": safety.PERIODS,
    }
    return render(request, "harassment/safety.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def show_safety_part(request: WorkspaceRequest, part: str) -> HttpResponse:
    """One part of the dashboard, as a fragment or, without JavaScript, as a page of its own."""
    if part not in _PARTS:
        raise Http404
    days = _days(request)
    context = {"part": part, "days": days, **_PARTS[part](request, days)}
    template = f"harassment/_safety_{part}.html" if request.htmx else "harassment/safety_part.html"
    return render(request, template, context)


def _days(request: WorkspaceRequest) -> int:
    asked = request.GET.get("days", "")
    return next((days for days in safety.PERIODS if str(days) == asked), safety.PERIODS[0])


def _trend(request: WorkspaceRequest, days: int) -> dict[str, Any]:
    counts = safety.daily_counts(request.membership, days)
    noon = [timezone.make_aware(datetime.combine(one.day, time(12))) for one in counts]
    drawn = [(at, one.comments, one.flagged) for at, one in zip(noon, counts, strict=True)]
    return {
        "counts": counts,
        "drawing": columns(drawn),
        "comments": Figure(sum(one.comments for one in counts)),
        "flagged": Figure(sum(one.flagged for one in counts)),
    }


def _response(request: WorkspaceRequest, days: int) -> dict[str, Any]:
    return {
        "times": [
            (one, *(spoken(wait) if wait is not None else "" for wait in one.waits))
            for one in safety.response_times(request.membership, days)
        ],
        "exposure": safety.team_exposure(request.membership, days),
        "least_readers": safety.LEAST_READERS,
    }


def _waves(request: WorkspaceRequest, days: int) -> dict[str, Any]:
    return {"waves": safety.recent_waves(request.membership)}


_PARTS: dict[str, Callable[[WorkspaceRequest, int], dict[str, Any]]] = {
    "trend": _trend,
    "response": _response,
    "waves": _waves,
}
