"""Unusual waves of comments: the past and present ones of an account."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries import dogpiles


@member(Grant.READ)
@require_GET
@never_cache
def dogpile_list(request: WorkspaceRequest) -> HttpResponse:
    """Waves on all accounts, the newest first, or on one of them."""
    page = dogpiles.dogpile_list(
        request.membership,
        account_code=_code(request.GET.get("account", "")),
        after=_code(request.GET.get("after", "")),
    )
    context = {"page": page, "is_first": "after" not in request.GET}
    return render(request, "harassment/dogpile_list.html", context)


def _code(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
