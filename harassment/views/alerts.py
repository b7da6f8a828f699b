"""Alerts: a card that refreshes itself, and a page of its own."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries.alerts import alert_page
from harassment.services.alerts import see_alerts

ALERTS_PER_PAGE = 100


@member(Grant.READ)
@require_GET
@never_cache
def alert_list(request: WorkspaceRequest) -> HttpResponse:
    """The newest alerts, unseen ones first, masked."""
    if request.htmx:
        return _card(request)
    context = {"alerts": alert_page(request.membership, size=ALERTS_PER_PAGE), "is_alone": True}
    return render(request, "harassment/alert_list.html", context)


@member(Grant.MODERATE)
@require_POST
def see(request: WorkspaceRequest) -> HttpResponse:
    """Mark the alerts that were on the page as seen."""
    codes = _codes(request.POST.getlist("code")[:ALERTS_PER_PAGE])
    see_alerts(codes=codes, membership=request.membership, actor=request.user)
    return _card(request) if request.htmx else redirect("harassment:alert-list")


def _codes(raw: list[str]) -> list[UUID]:
    found = []
    for code in raw:
        try:
            found.append(UUID(code))
        except ValueError:
            continue
    return found


def _card(request: WorkspaceRequest) -> HttpResponse:
    """The card, and the bell in the top bar with it."""
    alerts = alert_page(request.membership)
    card = render_to_string("harassment/_alerts.html", {"alerts": alerts}, request=request)
    bell = {"count": alerts.unseen, "url": reverse("home"), "is_oob": True}
    return HttpResponse(card + render_to_string("ui/_bell.html", bell))
