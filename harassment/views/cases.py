"""Cases: the list, the page of one, its fragments, and what people do with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.case_forms import NoteCaseForm
from harassment.forms import AssignCaseForm, DismissCaseForm
from harassment.queries import cases, evidence
from harassment.queries.pace import pace_of_wave
from harassment.queries.themes import themes_of_case
from harassment.queries.timeline import EVENTS_PER_PAGE, timeline
from harassment.services import cases as services
from harassment.services import escalation


@member(Grant.READ)
@require_GET
@never_cache
def case_list(request: WorkspaceRequest) -> HttpResponse:
    """Open cases, the gravest first; closed ones, the latest first."""
    is_open = request.GET.get("tab") != "closed"
    page = cases.case_list(request.membership, is_open=is_open, after=request.GET.get("after", ""))
    context = {"page": page, "is_open": is_open, "is_first": "after" not in request.GET}
    return render(request, "harassment/case_list.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def case_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """In short, the flagged comments masked, what to do next; the rest loads by itself."""
    context = _page(request, code)
    if not request.htmx:
        return render(request, "harassment/case_detail.html", context)
    parts = [render_to_string("harassment/_case_summary.html", context, request)]
    if request.membership.may(Grant.MODERATE):
        # What is left to do changes with what was decided.
        page = context["page"]
        step = {
            **context,
            "case": page.summary.case,
            "hideable": page.hideable,
            "clock": page.summary.clock,
            "may_decide": True,
            "is_oob": True,
        }
        parts += [
            render_to_string(f"harassment/_case_{name}.html", step, request)
            for name in ("next", "bar", "clock")
        ]
    return HttpResponse("".join(parts))


@member(Grant.READ)
@require_GET
@never_cache
def case_trajectory(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """How hostile the author's comments were over time, drawn and as a table."""
    case = cases.case_for(request.membership, code)
    context = {"case": case, "trajectory": cases.case_trajectory(case)}
    return _part(request, "trajectory", context)


@member(Grant.READ)
@require_GET
@never_cache
def case_themes(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What was said by theme: how many comments and how many people, drawn and as a table."""
    case = cases.case_for(request.membership, code)
    return _part(request, "themes", {"case": case, "drawing": themes_of_case(case)})


@member(Grant.READ)
@require_GET
@never_cache
def case_pace(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """How fast a wave came: all comments and the flagged ones, drawn and as a table."""
    case = cases.case_for(request.membership, code)
    return _part(request, "pace", {"case": case, "pace": pace_of_wave(case)})


@member(Grant.READ)
@require_GET
@never_cache
def case_evidence(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The chain, checked now. In the page its last links, on its own page all of them."""
    case = cases.case_for(request.membership, code)
    raw = request.GET.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None
    size = evidence.LINKS_SHOWN if request.htmx else evidence.LINKS_PER_PAGE
    chain = evidence.evidence_chain(case, size=size, before=before)
    may_erase = request.membership.may(Grant.RIGHTS)
    return _part(request, "evidence", {"case": case, "chain": chain, "may_erase": may_erase})


@member(Grant.READ)
@require_GET
@never_cache
def case_timeline(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Who did what, newest first. In the page the last events, on its own page more."""
    case = cases.case_for(request.membership, code)
    events = timeline(case) if request.htmx else timeline(case, size=EVENTS_PER_PAGE)
    return _part(request, "timeline", {"case": case, "timeline": events})


@member(Grant.MODERATE)
@require_POST
def note_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Write a note into the timeline."""
    case = cases.case_for(request.membership, code)
    form = NoteCaseForm(request.POST)
    if not form.is_valid():
        return _again(request, code, note_form=form)
    services.add_note(case=case, text=form.cleaned_data["text"], actor=request.user)
    messages.success(request, _("The note is in the timeline."))
    return to_case(request, code)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def assign_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Say who works on it."""
    case = cases.case_for(request.membership, code)
    members = cases.assignable(request.workspace)
    current = next((str(m.code) for m in members if m.user_id == case.assignee_id), "")
    form = AssignCaseForm(request.POST or None, members=members, initial={"member": current})
    if request.method == "POST" and form.is_valid():
        services.assign_case(case=case, assignee=form.assignee(), actor=request.user)
        return to_case(request, code)
    context = {"case": case, "form": form, "title": _("Who works on it"), "label": _("Assign")}
    return case_dialog(request, "assign", context, part="assign")


@member(Grant.MODERATE)
@require_POST
def hide_case_comments(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Hide what is still public of it; each comment is sealed first."""
    case = cases.case_for(request.membership, code)
    asked, sentence = services.hide_case_comments(case=case, actor=request.user)
    if asked:
        messages.success(
            request,
            ngettext(
                "Hiding %(count)d comment is under way.",
                "Hiding %(count)d comments is under way.",
                asked,
            )
            % {"count": asked},
        )
    if sentence:
        messages.error(request, sentence)
    return to_case(request, code)


@member(Grant.MODERATE)
@require_POST
def resolve_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Close it as dealt with."""
    case = cases.case_for(request.membership, code)
    return try_on_case(
        request,
        code,
        lambda: services.resolve_case(case=case, actor=request.user),
        _("The case is resolved."),
    )


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def dismiss_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Close it as no harassment, with the reason."""
    case = cases.case_for(request.membership, code)
    form = DismissCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        return try_on_case(
            request,
            code,
            lambda: services.dismiss_case(case=case, reason=reason, actor=request.user),
            _("The case is dismissed."),
        )
    context = {"case": case, "form": form, "title": _("Dismiss the case"), "label": _("Dismiss")}
    return case_dialog(request, "dismiss", context, part="dismiss")


@member(Grant.MODERATE)
@require_POST
def reopen_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Work on a closed case again."""
    case = cases.case_for(request.membership, code)
    return try_on_case(
        request,
        code,
        lambda: services.reopen_case(case=case, actor=request.user),
        _("The case is open again."),
    )


def _page(request: WorkspaceRequest, code: UUID) -> dict[str, Any]:
    after = _code(request.GET.get("after", ""))
    return {
        "page": cases.case_page(request.membership, code, after=after),
        "is_first": after is None,
        "note_form": NoteCaseForm(),
        "may_escalate": escalation.may_escalate(request.membership),
        "may_answer": escalation.may_answer(request.membership),
    }


def _code(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def _part(request: WorkspaceRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A part of the case: alone for htmx, inside a page of its own otherwise."""
    if request.htmx:
        return render(request, f"harassment/_case_{name}.html", context)
    context |= {"is_alone": True, "part": f"harassment/_case_{name}.html"}
    return render(request, "harassment/case_part.html", context)


def case_dialog(
    request: WorkspaceRequest, verb: str, context: dict[str, Any], *, part: str = "dialog"
) -> HttpResponse:
    """A form about the case: a dialog for htmx, a page of its own otherwise."""
    action = reverse(f"harassment:case-{verb}", args=[context["case"].code])
    context |= {"id": f"case-{verb}", "action": action}
    status = 422 if context["form"].is_bound else 200
    template = f"harassment/_case_{part}.html" if request.htmx else "harassment/case_form.html"
    return render(request, template, context, status=status)


def _again(request: WorkspaceRequest, code: UUID, *, note_form: NoteCaseForm) -> HttpResponse:
    """The page with what is wrong with the note; the note itself is not lost."""
    if request.htmx:
        context = {"case": cases.case_for(request.membership, code), "form": note_form}
        return render(request, "harassment/_case_note.html", context, status=422)
    context = _page(request, code) | {"note_form": note_form}
    return render(request, "harassment/case_detail.html", context, status=422)


def try_on_case(
    request: WorkspaceRequest, code: UUID, act: Callable[[], object], sentence: str
) -> HttpResponse:
    """Do it, say how it went, and go back to the case."""
    try:
        act()
    except services.CaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence)
    return to_case(request, code)


def to_case(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Back to the page of the case; whole, because its head, steps and counts have changed."""
    url = reverse("harassment:case-detail", args=[code])
    if request.htmx:
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)
