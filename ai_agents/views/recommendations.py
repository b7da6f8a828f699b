"""What the figures suggest: read by every role, decided by those who work here."""

from typing import Any, get_args
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant, User
from ai_agents.agents import OPERATIONS
from ai_agents.models import Recommendation
from ai_agents.providers.entries import read_entries
from ai_agents.queries import recommendations as queries
from ai_agents.services import ledger, questions, recommendations

DAYS = (7, 14, 30)  # of "later"


@member(Grant.READ)
@require_GET
@never_cache
def recommendation_list(request: WorkspaceRequest) -> HttpResponse:
    """One shelf; for htmx with `?card=1` the few that a card on another page shows."""
    now = timezone.now()
    if request.htmx and request.GET.get("card"):
        card = {"told": queries.on_card(request.membership, now)}
        return render(request, "ai_agents/_recommendation_card.html", card)
    asked = request.GET.get("show", "open")
    shelf: Any = asked if asked in get_args(queries.Shelf) else "open"
    context: dict[str, Any] = {
        "shelf": shelf,
        "counts": queries.shelf_counts(request.membership, now),
        "told": queries.shelf_of(request.membership, shelf, now),
        **_choices(),
    }
    if not context["told"]:
        context["waiting"] = queries.waiting_for(request.membership, now)
    return render(request, "ai_agents/recommendation_list.html", context)


@member(Grant.MODERATE)
@require_POST
def recommendation_decide(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Accept, put off, dismiss, finish or take back; for htmx the card comes back in its place."""
    row = queries.recommendation_of(request.membership, code)
    try:
        _decide(row, request.POST.get("do", ""), request)
    except (recommendations.Over, ValueError) as error:
        is_over = isinstance(error, recommendations.Over)
        text = (
            _("This is no longer open: somebody decided, or its figures changed. Load it again.")
            if is_over
            else _("Choose one of the answers.")
        )
        if not request.htmx:
            messages.error(request, text)
            return redirect("ai_agents:recommendation-list")
        context: dict[str, Any] = {"kind": "danger", "text": text}
        return render(request, "ui/_toast.html", context, status=409 if is_over else 422)
    if not request.htmx:
        return redirect("ai_agents:recommendation-list")
    row = queries.recommendation_of(request.membership, code)
    context = {"one": queries.told_of(row), **_choices()}
    return render(request, "ai_agents/_recommendation.html", context)


@member(Grant.MODERATE)
@require_POST
def recommendation_phrase(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask a model to say it in other words: an ordinary question, counted and checked as such.

    No word of a title goes with it.
    """
    told = queries.told_of(queries.recommendation_of(request.membership, code))
    try:
        key = UUID(request.POST.get("key", ""))
        question = questions.ask_question(
            user=request.user,
            key=uuid5(key, str(code)),
            operation="phrase",
            agent=OPERATIONS["phrase"].agent,
            language=(get_language() or "en")[:2],
            inputs={
                "text": f"{told.words.found} {told.words.reason} {told.words.advice}",
                "recommendation": str(code),
            },
        )
    except (ledger.Refused, ledger.Stopped):
        messages.error(request, _("Nothing can be asked now: see limits and switches."))
        return redirect("ai_agents:recommendation-list")
    except (ledger.KeyReused, ValueError):
        messages.error(request, _("This was sent before. Load the page again to ask anew."))
        return redirect("ai_agents:recommendation-list")
    return redirect("ai_agents:answer-detail", code=question.code)


def _decide(row: Recommendation, verb: str, request: WorkspaceRequest) -> None:
    """Raises recommendations.Over, or ValueError for what no button sends."""
    actor: User = request.user
    if verb == "accept":
        recommendations.accept(recommendation=row, actor=actor)
    elif verb == "done":
        recommendations.finish(recommendation=row, actor=actor)
    elif verb == "reopen":
        recommendations.reopen(recommendation=row, actor=actor)
    elif verb == "dismiss":
        why = request.POST.get("why", "")
        recommendations.dismiss(recommendation=row, actor=actor, why=why)
    elif verb == "snooze" and (days := int(request.POST.get("days", ""))) in DAYS:
        recommendations.snooze(recommendation=row, actor=actor, days=days)
    else:
        raise ValueError(verb)


def _choices() -> dict[str, Any]:
    return {
        "days": DAYS,
        "reasons": Recommendation.Why.choices,
        "is_ready": any(entry.state == "ready" for entry in read_entries()),
        "key": uuid4(),
    }
