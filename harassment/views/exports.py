"""Copies of the evidence: who took which, one more, how far it is, the file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import ExportEvidenceForm
from harassment.models import Case, ExportedEvidence
from harassment.queries import cases
from harassment.queries.exports import export_lines
from harassment.services import exports as services
from harassment.views.files import stored_file


@member(Grant.READ)
@require_GET
@never_cache
def case_exports(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Every copy that was asked for, newest first, and the form for one more."""
    case = cases.case_for(request.membership, code)
    return _list(request, case, ExportEvidenceForm())


@member(Grant.MODERATE)
@require_POST
def export_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Have a copy made of what is sealed now."""
    case = cases.case_for(request.membership, code)
    _only_who_may(request)
    form = ExportEvidenceForm(request.POST)
    if not form.is_valid():
        return _list(request, case, form, status=422)
    try:
        services.request_export(
            case=case,
            recipient=form.cleaned_data["recipient"],
            language=request.user.language,
            actor=request.user,
        )
    except services.ExportRefusedError as error:
        messages.error(request, str(error))
    return _to_list(request, case)


@member(Grant.MODERATE)
@require_POST
def cancel_export(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Stop a copy that is being made."""
    run = _run(request, code)
    _only_who_may(request)
    if services.cancel_export(run=run, actor=request.user):
        messages.success(request, _("The export is stopped."))
    return _to_list(request, run.case)


@member(Grant.MODERATE)
@require_GET
@never_cache
def download_export(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The file, as long as it is kept; each time leaves a row in the audit log."""
    run = _run(request, code)
    _only_who_may(request)
    is_kept = run.file and run.expires_at and run.expires_at > timezone.now()
    if run.state != ExportedEvidence.State.DONE or not is_kept:
        raise Http404
    name = f"{run.case.label}-{str(run.code)[:8]}.zip"
    answer = stored_file(run.file, name=name, content_type="application/zip")
    services.note_download(run=run, actor=request.user)
    return answer


def _run(request: WorkspaceRequest, code: UUID) -> ExportedEvidence:
    runs = ExportedEvidence.objects.visible_to(request.membership).select_related("case")
    return get_object_or_404(runs, code=code)


def _only_who_may(request: WorkspaceRequest) -> None:
    if not services.may_export(request.membership):
        raise PermissionDenied


def _list(
    request: WorkspaceRequest, case: Case, form: ExportEvidenceForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "case": case,
        "lines": export_lines(case),
        "may_export": services.may_export(request.membership),
        "form": form,
    }
    if request.htmx:
        return render(request, "harassment/_case_exports.html", context, status=status)
    context |= {"is_alone": True, "part": "harassment/_case_exports.html"}
    return render(request, "harassment/case_part.html", context, status=status)


def _to_list(request: WorkspaceRequest, case: Case) -> HttpResponse:
    url = reverse("harassment:case-exports", args=[case.code])
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
