"""The coach of one account: its tips, and the switches."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from ai_agents.models import CoachTip
from ai_agents.providers.entries import read_entries
from ai_agents.queries.coaching import coach_page
from ai_agents.services.coaching import dismiss_tip, switch_coach
from integrations.models import SocialAccount


@member(Grant.READ)
@require_GET
@never_cache
def show_coach(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What it said lately, in the reader's language."""
    return _shown(request, _account(request, code))


@member(Grant.MODERATE)
@require_POST
def switch(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Let it speak or be silent, and choose whose words it uses."""
    account = _account(request, code)
    switch_coach(
        account=account,
        is_on="is_on" in request.POST,
        has_words="has_words" in request.POST,
        actor=request.user,
    )
    return _shown(request, account) if request.htmx else redirect("ai_agents:coach", code=code)


@member(Grant.MODERATE)
@require_POST
def dismiss(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take one tip away."""
    visible = SocialAccount.objects.visible_to(request.membership)
    tips = CoachTip.objects.filter(account__in=visible).select_related("account")
    tip = get_object_or_404(tips, code=code)
    dismiss_tip(tip=tip)
    if request.htmx:
        return _shown(request, tip.account)
    return redirect("ai_agents:coach", code=tip.account.code)


def _account(request: WorkspaceRequest, code: UUID) -> SocialAccount:
    return get_object_or_404(SocialAccount.objects.visible_to(request.membership), code=code)


def _shown(request: WorkspaceRequest, account: SocialAccount) -> HttpResponse:
    context = {
        "page": coach_page(account),
        "has_models": any(entry.state == "ready" for entry in read_entries()),
    }
    template = "ai_agents/_coach.html" if request.htmx else "ai_agents/coach.html"
    return render(request, template, context)
