"""Help lines beside a grave case, and the country they are for."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.helplines import register
from harassment.queries import cases
from harassment.queries.helplines import help_card
from harassment.services.helplines import choose_country as choose


@member(Grant.READ)
@require_GET
@never_cache
def case_help(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Numbers to call; nothing on a case that is not grave. It blocks nothing."""
    case = cases.case_for(request.membership, code)
    card = help_card(case, reader=request.user, today=timezone.localdate())
    context: dict[str, Any] = {"case": case, "card": card}
    if request.htmx:
        return render(request, "harassment/_case_help.html", context)
    context |= {"is_alone": True, "part": "harassment/_case_help.html"}
    return render(request, "harassment/case_part.html", context)


@member(Grant.MODERATE)
@require_POST
def choose_country(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Say where the creator lives."""
    case = cases.case_for(request.membership, code)
    country = request.POST.get("country", "")
    if country not in register().countries:
        return HttpResponseBadRequest()
    choose(case=case, country=country, actor=request.user)
    return HttpResponseRedirect(reverse("harassment:case-help", args=[code]))
