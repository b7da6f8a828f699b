"""The pack exhibit: what each author of a pile-on could already read when they wrote."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries import cases, exhibit


@member(Grant.READ)
@require_GET
@never_cache
def case_exhibit(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Every flagged comment with what stood under its post before it, in the order of time."""
    case = cases.case_for(request.membership, code)
    after = _code(request.GET.get("after", ""))
    context = {"case": case, "exhibit": exhibit.exhibit(case, after=after), "is_first": not after}
    return render(request, "harassment/case_exhibit.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def case_seen_before(request: WorkspaceRequest, code: UUID, comment: UUID) -> HttpResponse:
    """The list behind one count, masked as everywhere."""
    case = cases.case_for(request.membership, code)
    after = _code(request.GET.get("after", ""))
    seen = exhibit.seen_before(case, comment, after=after)
    context = {"case": case, "seen": seen, "is_first": not after}
    return render(request, "harassment/case_seen_before.html", context)


def _code(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
