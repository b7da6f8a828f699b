"""What the agents may use, what they used, and what that cost."""

import re
from copy import copy
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from ai_agents.forms import PreferenceForm
from ai_agents.providers.entries import read_entries
from ai_agents.queries.limits import month_of, preference_of_workspace, standings_of
from ai_agents.queries.usage import first_month, month_usage, recall_counts
from ai_agents.services.preferences import change_preference

MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])", re.ASCII)


@member(Grant.READ)
@require_http_methods(["GET", "POST"])
@never_cache
def show_usage(request: WorkspaceRequest) -> HttpResponse:
    """Everybody sees the limits; those who manage see people, money and the switches."""
    preference = preference_of_workspace()
    manages = request.membership.may(Grant.MANAGE)
    if request.method == "POST" and not manages:
        raise PermissionDenied
    context: dict[str, Any] = {
        "preference": preference,
        "standings": standings_of(preference, request.user, timezone.now()),
        "is_ready": any(entry.state == "ready" for entry in read_entries()),
        "recalls": _recalls(),
    }
    if manages:
        # A form writes into its instance even what it refuses: it gets one of its own.
        form = PreferenceForm(request.POST or None, instance=copy(preference))
        if form.is_valid():
            change_preference(
                preference=form.save(commit=False), changed=form.changed_data, actor=request.user
            )
            messages.success(request, _("Saved."))
            return redirect("ai_agents:usage")
        now = month_of(timezone.now())
        first = first_month(now)
        asked = request.GET.get("month", "")
        month = asked if MONTH.fullmatch(asked) and first <= asked <= now else now
        found = month_usage(request.membership, month)
        context |= {
            "form": form,
            "month": _first_day(month),
            "usage": found,
            "costs": [float(cost) for _day, cost in found.days],
            "earlier": _beside(month, -1) if month > first else "",
            "later": _beside(month, 1) if month < now else "",
        }
    status = 422 if request.method == "POST" else 200
    return render(request, "ai_agents/usage.html", context, status=status)


def _recalls() -> dict[str, int]:
    """Of the month's answers that may be remembered: how many were, and the share in per cent."""
    start = _first_day(month_of(timezone.now()))
    answers, recalled = recall_counts(datetime.combine(start, datetime.min.time(), UTC))
    percent = 100 * recalled // answers if answers else 0
    return {"answers": answers, "recalled": recalled, "percent": percent}


def _first_day(month: str) -> date:
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date()


def _beside(month: str, step: int) -> str:
    year, number = map(int, month.split("-"))
    years, index = divmod(number - 1 + step, 12)
    return f"{year + years}-{index + 1:02}"
