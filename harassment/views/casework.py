"""What people do with whole cases beyond deciding them: open, weigh, wait, join, hand up."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.case_forms import (
    AnswerEscalationForm,
    CaseSettingsForm,
    EscalateCaseForm,
    FlagCommentForm,
    LinkCaseForm,
    MergeCaseForm,
    OpenCaseForm,
    PauseClockForm,
    SetSeverityForm,
    SplitCaseForm,
)
from harassment.queries import cases, merging
from harassment.queries.clocks import case_settings
from harassment.queries.comments import comment_for
from harassment.services import cases as services
from harassment.services import clocks, escalation
from harassment.services import merging as joining
from harassment.views.cases import case_dialog, to_case, try_on_case
from integrations.models import SocialAccount


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def open_case(request: WorkspaceRequest) -> HttpResponse:
    """Open a case by hand."""
    accounts = SocialAccount.objects.visible_to(request.membership).order_by("display_name", "pk")
    form = OpenCaseForm(request.POST or None, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        case = services.open_case(
            account=form.chosen(),
            subject=form.cleaned_data["subject"],
            severity=form.cleaned_data["severity"],
            note=form.cleaned_data["note"],
            actor=request.user,
        )
        messages.success(request, _("%(case)s is open.") % {"case": case.label})
        return to_case(request, case.code)
    status = 422 if form.is_bound else 200
    return render(request, "harassment/case_new.html", {"form": form}, status=status)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def open_case_for_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Flag a comment that no machine flagged, into the case of its author."""
    comment = comment_for(request.membership, code)
    form = FlagCommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        case = services.open_case_for_comment(
            comment=comment, severity=form.cleaned_data["severity"], actor=request.user
        )
        return to_case(request, case.code)
    context = {
        "id": "comment-case",
        "form": form,
        "action": reverse("harassment:comment-case", args=[code]),
        "title": _("Open a case"),
        "text": _("The comment is sealed as evidence and joins the case of its author."),
        "label": _("Open the case"),
        "code": code,
    }
    template = "_case_dialog" if request.htmx else "comment_case"
    status = 422 if form.is_bound else 200
    return render(request, f"harassment/{template}.html", context, status=status)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def set_severity(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Say how grave it is, with the reason."""
    case = cases.case_for(request.membership, code)
    form = SetSeverityForm(request.POST or None, initial={"severity": case.severity})
    if request.method == "POST" and form.is_valid():
        services.set_severity(case=case, actor=request.user, **form.cleaned_data)
        return to_case(request, code)
    context = {"case": case, "form": form, "title": _("Change the severity"), "label": _("Change")}
    return case_dialog(request, "severity", context)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def pause_clock(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Let the clock stand while somebody outside is waited for."""
    case = cases.case_for(request.membership, code)
    form = PauseClockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return try_on_case(
            request,
            code,
            lambda: clocks.pause_clock(case=case, actor=request.user, **form.cleaned_data),
            _("The clock stands until you let it run again."),
        )
    context = {"case": case, "form": form, "title": _("Let the clock stand"), "label": _("Wait")}
    return case_dialog(request, "wait", context)


@member(Grant.MODERATE)
@require_POST
def resume_clock(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Let the clock run again."""
    clocks.resume_clock(case=cases.case_for(request.membership, code), actor=request.user)
    return to_case(request, code)


@member(Grant.READ)
@require_GET
@never_cache
def related_cases(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What was merged, split off and linked."""
    case = cases.case_for(request.membership, code)
    context: dict[str, Any] = {
        "case": case,
        "related": merging.related_cases(case, request.membership),
    }
    if request.htmx:
        return render(request, "harassment/_case_related.html", context)
    context |= {"is_alone": True, "part": "harassment/_case_related.html"}
    return render(request, "harassment/case_part.html", context)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def merge_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take it into another case on the same account."""
    case = cases.case_for(request.membership, code)
    targets = merging.merge_targets(case, request.membership)
    form = MergeCaseForm(request.POST or None, targets=targets)
    if request.method == "POST" and form.is_valid():
        return try_on_case(
            request,
            code,
            lambda: joining.merge_case(
                source=case,
                target=form.chosen(),
                reason=form.cleaned_data["reason"],
                actor=request.user,
            ),
            _("The cases are one now. Here you can take this one out again."),
        )
    text = _(
        "Its comments join the other case and are sealed there. This one keeps its own evidence "
        "and timeline, and can be taken out again."
    )
    context = {
        "case": case, "form": form, "title": _("Merge the case"), "label": _("Merge"), "text": text,
    }  # fmt: skip
    return case_dialog(request, "merge", context)


@member(Grant.MODERATE)
@require_POST
def unmerge_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take a merged case out of the other one again."""
    case = cases.case_for(request.membership, code)
    return try_on_case(
        request,
        code,
        lambda: joining.unmerge_case(case=case, actor=request.user),
        _("The case stands by itself again."),
    )


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def split_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Move some of its comments into a case of their own."""
    case = cases.case_for(request.membership, code)
    incidents = merging.splittable(case)
    form = SplitCaseForm(request.POST or None, codes=[one.comment.code for one in incidents])
    if request.method == "POST" and form.is_valid():
        try:
            part = joining.split_case(
                case=case,
                comments=[UUID(one) for one in form.cleaned_data["comment"]],
                reason=form.cleaned_data["reason"],
                actor=request.user,
            )
        except services.CaseError as error:
            form.add_error("comment", str(error))
        else:
            messages.success(request, _("%(case)s is open.") % {"case": part.label})
            return to_case(request, part.code)
    chosen = set(request.POST.getlist("comment"))
    rows = [(one, str(one.comment.code) in chosen) for one in incidents]
    status = 422 if form.is_bound else 200
    context = {"case": case, "form": form, "rows": rows}
    return render(request, "harassment/case_split.html", context, status=status)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def link_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Have it and another case point at each other."""
    case = cases.case_for(request.membership, code)
    form = LinkCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        other = merging.case_by_number(request.membership, form.cleaned_data["number"])
        if other:
            return try_on_case(
                request,
                code,
                lambda: joining.link_cases(
                    case=case, other=other, note=form.cleaned_data["note"], actor=request.user
                ),
                _("The cases are linked."),
            )
        form.add_error("number", _("There is no such case."))
    context = {"case": case, "form": form, "title": _("Link to a case"), "label": _("Link")}
    return case_dialog(request, "link", context)


@member(Grant.MODERATE)
@require_POST
def unlink_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take a link away."""
    case = cases.case_for(request.membership, code)
    form = LinkCaseForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else 0
    other = merging.case_by_number(request.membership, number)
    if other:
        joining.unlink_cases(case=case, other=other, actor=request.user)
    return to_case(request, code)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def escalate_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Hand it up to the safety lead, with the reason."""
    case = cases.case_for(request.membership, code)
    if not escalation.may_escalate(request.membership):
        raise PermissionDenied
    form = EscalateCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return try_on_case(
            request,
            code,
            lambda: escalation.escalate_case(
                case=case,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                membership=request.membership,
            ),
            _("The safety lead has been told."),
        )
    text = _("Only a person can escalate. It is written into the audit log.")
    context = {
        "case": case, "form": form, "title": _("Escalate the case"), "label": _("Escalate"),
        "text": text,
    }  # fmt: skip
    return case_dialog(request, "escalate", context)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def answer_escalation(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Say what is to be done about what was handed up."""
    case = cases.case_for(request.membership, code)
    if not escalation.may_answer(request.membership):
        raise PermissionDenied
    form = AnswerEscalationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return try_on_case(
            request,
            code,
            lambda: escalation.answer_escalation(
                case=case,
                answer=form.cleaned_data["answer"],
                actor=request.user,
                membership=request.membership,
            ),
            _("The answer is in the timeline."),
        )
    context = {
        "case": case, "form": form, "title": _("Answer the escalation"),
        "label": _("Answer the escalation"),
    }  # fmt: skip
    return case_dialog(request, "answer", context)


@member(Grant.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def change_case_settings(request: WorkspaceRequest) -> HttpResponse:
    """The hours to a decision, how strikes fade, how long authors are known."""
    settings = case_settings()
    is_sent = request.method == "POST"
    form = CaseSettingsForm(request.POST) if is_sent else CaseSettingsForm.of(settings)
    if is_sent and form.is_valid():
        clocks.change_settings(
            hours=form.hours(),
            half_life_days=form.cleaned_data["half_life_days"],
            keep_days=form.cleaned_data["keep_days"],
            actor=request.user,
        )
        messages.success(request, _("The settings are saved and hold from now on."))
        return redirect("harassment:case-settings")
    status = 422 if form.is_bound else 200
    context = {"form": form, "settings": settings}
    return render(request, "harassment/case_settings.html", context, status=status)
