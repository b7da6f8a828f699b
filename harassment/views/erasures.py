"""Erasing one sealed item: what goes, what stays, why; it cannot be undone."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import EraseEvidenceForm
from harassment.queries.evidence import evidence_for
from harassment.services import erasures


@member(Grant.RIGHTS)
@require_http_methods(["GET", "POST"])
@never_cache
def erase_evidence(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Say which part goes and why; the chain goes on holding."""
    item = evidence_for(request.membership, code)
    form = EraseEvidenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            gone = erasures.erase_item(
                evidence=item.evidence,
                part=form.cleaned_data["part"],
                reason=form.cleaned_data["reason"],
                actor=request.user,
            )
        except erasures.ErasureRefusedError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("Erased for good: %(fields)s.") % {"fields": ", ".join(gone)}
            )
        return HttpResponseRedirect(reverse("harassment:case-evidence", args=[item.case.code]))
    context = {"item": item, "case": item.case, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "harassment/evidence_erase.html", context, status=status)
