"""Reports about a case: the drafts, what is missing, who approved and sent, what came back."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import AnswerReportForm, BeginReportForm, EditReportForm, SendReportForm
from harassment.models import Report
from harassment.queries import cases
from harassment.queries import reports as queries
from harassment.services import reports as services
from harassment.services.exports import may_export
from harassment.views.files import stored_file


@member(Grant.READ)
@require_GET
@never_cache
def report_list(request: WorkspaceRequest) -> HttpResponse:
    """What is not finished, the nearest reminder first."""
    context = {"reports": queries.reports_open(request.membership)}
    return render(request, "harassment/report_list.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def case_reports(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The reports about a case, and the form for one more."""
    case = cases.case_for(request.membership, code)
    context: dict[str, Any] = {
        "case": case,
        "reports": queries.reports_of(case),
        "may_report": may_export(request.membership),
        "form": BeginReportForm(initial={"report_language": get_language()}),
    }
    if request.htmx:
        return render(request, "harassment/_case_reports.html", context)
    context |= {"is_alone": True, "part": "harassment/_case_reports.html"}
    return render(request, "harassment/case_part.html", context)


@member(Grant.MODERATE)
@require_POST
def begin_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """A draft, filled in with what the case already knows."""
    case = cases.case_for(request.membership, code)
    _only_who_may(request)
    form = BeginReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a report and a language."))
        return HttpResponseRedirect(reverse("harassment:case-reports", args=[code]))
    report = services.begin_report(
        case=case,
        kind=form.cleaned_data["kind"],
        language=form.cleaned_data["report_language"],
        actor=request.user,
    )
    return _to_report(report)


@member(Grant.READ)
@require_GET
@never_cache
def report_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The report, what is missing and what is due; the words of items stay masked."""
    return _page(request, queries.report_for(request.membership, code))


@member(Grant.MODERATE)
@require_POST
def save_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Keep the draft; with the button "approve", say that it may leave."""
    report = _mine(request, code)
    form = _form(report, request.POST)
    if not form.is_valid():
        return _page(request, report, form=form, status=422)

    def act() -> None:
        services.save_report(report=report, values=form.cleaned_data, actor=request.user)
        if "approve" in request.POST:
            services.approve_report(report=report, actor=request.user)

    done = _("The report is approved.") if "approve" in request.POST else _("The draft is kept.")
    return _try(request, report, act, done)


@member(Grant.MODERATE)
@require_POST
def reopen_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Change an approved report once more."""
    report = _mine(request, code)
    return _try(
        request,
        report,
        lambda: services.reopen_report(report=report, actor=request.user),
        _("It is a draft again."),
    )


@member(Grant.MODERATE)
@require_POST
def send_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Write down that a person sent it."""
    report = _mine(request, code)
    form = SendReportForm(request.POST)
    if not form.is_valid():
        return _page(request, report, send_form=form, status=422)
    day = form.cleaned_data["sent_on"]
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return _try(
        request,
        report,
        lambda: services.note_sent(
            report=report,
            sent_at=min(noon, timezone.now()),
            reference=form.cleaned_data["reference"],
            actor=request.user,
        ),
        _("It is written down. Aura reminds you when an answer is due."),
    )


@member(Grant.MODERATE)
@require_POST
def answer_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Write down what came back."""
    report = _mine(request, code)
    form = AnswerReportForm(request.POST)
    if not form.is_valid():
        return _page(request, report, answer_form=form, status=422)
    return _try(
        request,
        report,
        lambda: services.note_answer(
            report=report,
            outcome=form.cleaned_data["outcome"],
            answer=form.cleaned_data["answer"],
            actor=request.user,
        ),
        _("The answer is written down."),
    )


@member(Grant.MODERATE)
@require_POST
def withdraw_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Give it up."""
    report = _mine(request, code)
    return _try(
        request,
        report,
        lambda: services.withdraw_report(report=report, actor=request.user),
        _("The report is withdrawn."),
    )


@member(Grant.MODERATE)
@require_GET
@never_cache
def download_report(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The PDF as it was approved; each time leaves a row in the audit log."""
    report = _mine(request, code)
    if not report.file:
        raise Http404
    name = f"{report.case.label}-{report.kind}-{report.short_code}.pdf"
    answer = stored_file(report.file, name=name, content_type="application/pdf")
    services.note_document(report=report, actor=request.user)
    return answer


def _mine(request: WorkspaceRequest, code: UUID) -> Report:
    report = queries.report_for(request.membership, code)
    _only_who_may(request)
    return report


def _only_who_may(request: WorkspaceRequest) -> None:
    """A trusted helper works inside and sends nothing out."""
    if not may_export(request.membership):
        raise PermissionDenied


def _form(report: Report, data: Any = None) -> EditReportForm:
    offered = queries.offered_items(report.case, chosen=report.items)
    initial = {name: getattr(report, name) for name in services.FIELDS}
    return EditReportForm(data, kind=report.kind, offered=offered, initial=initial)


def _page(
    request: WorkspaceRequest,
    report: Report,
    *,
    form: EditReportForm | None = None,
    send_form: SendReportForm | None = None,
    answer_form: AnswerReportForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_report = may_export(request.membership)
    if form is None and report.is_draft and may_report:
        form = _form(report)
    context = {
        "page": queries.report_page(report),
        "may_report": may_report,
        "form": form,
        "chosen": form["items"].value() or () if form else (),
        "send_form": send_form or SendReportForm(initial={"sent_on": timezone.localdate()}),
        "answer_form": answer_form or AnswerReportForm(),
    }
    return render(request, "harassment/report_detail.html", context, status=status)


def _try(
    request: WorkspaceRequest, report: Report, act: Callable[[], object], sentence: str
) -> HttpResponse:
    try:
        act()
    except services.ReportRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence)
    return _to_report(report)


def _to_report(report: Report) -> HttpResponse:
    return HttpResponseRedirect(reverse("harassment:report-detail", args=[report.code]))
