"""The profile of an author, opened from a case; how long it is kept."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.case_forms import KeepAuthorForm
from harassment.queries import cases
from harassment.queries.authors import author_page
from harassment.services import authors as services
from harassment.views.cases import case_dialog, try_on_case


@member(Grant.READ)
@require_GET
@never_cache
def show_author(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What the author of a case did to this workspace's creators, masked."""
    case = cases.case_for(request.membership, code)
    context: dict[str, Any] = {
        "page": author_page(case, request.membership),
        "case": case,
        "may_keep": services.may_keep(request.membership),
    }
    return render(request, "harassment/case_author.html", context)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def keep_author(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Know the author longer, with the reason."""
    case = cases.case_for(request.membership, code)
    _only_who_may(request)
    form = KeepAuthorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return try_on_case(
            request,
            code,
            lambda: services.keep_author(case=case, actor=request.user, **form.cleaned_data),
            _("The author is kept until then."),
        )
    context = {"case": case, "form": form, "title": _("Keep the author longer"), "label": _("Keep")}
    return case_dialog(request, "author-keep", context)


@member(Grant.MODERATE)
@require_POST
def forget_author(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Forget the author now."""
    case = cases.case_for(request.membership, code)
    _only_who_may(request)
    return try_on_case(
        request,
        code,
        lambda: services.forget_author(case=case, actor=request.user),
        _("The author is forgotten. The cases stay."),
    )


def _only_who_may(request: WorkspaceRequest) -> None:
    if not services.may_keep(request.membership):
        raise PermissionDenied
