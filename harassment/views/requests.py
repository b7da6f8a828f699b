"""The rights desk from inside: the queue with its legal time, proof, answer, forgetting."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.models import RightsRequest
from harassment.queries import rights
from harassment.queries.answers import draft_answer
from harassment.rights_forms import AnswerRequestForm, ExtendRequestForm
from harassment.services import rights as services


@member(Grant.RIGHTS)
@require_GET
@never_cache
def request_list(request: WorkspaceRequest) -> HttpResponse:
    """Open requests, the most urgent first, or the answered ones; and where people ask."""
    is_open = request.GET.get("tab") != "closed"
    context = {
        "requests": rights.request_list(is_open=is_open),
        "is_open": is_open,
        "desk_url": request.build_absolute_uri(reverse("rights-desk")),
    }
    return render(request, "harassment/request_list.html", context)


@member(Grant.RIGHTS)
@require_GET
@never_cache
def request_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One request: what is asked, whether the handle is proven, what is held, the answer."""
    return _page(request, _asked(code))


@member(Grant.RIGHTS)
@require_POST
def look_for_code(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Look for the code among the comments that were read."""
    asked = _asked(code)
    if services.look_for_code(asked=asked, actor=request.user):
        messages.success(request, _("The code was found. Thank you."))
    else:
        messages.info(request, _("No comment of this handle holds the code yet."))
    return redirect("harassment:request-detail", code=code)


@member(Grant.RIGHTS)
@require_POST
def confirm_proof(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """A person has seen the code on the profile."""
    return _try(
        request,
        code,
        lambda asked: services.confirm_proof(asked=asked, actor=request.user),
        _("Noted: the handle is proven."),
    )


@member(Grant.RIGHTS)
@require_POST
def extend_time(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take two more months, with a reason."""
    form = ExtendRequestForm(request.POST)
    if not form.is_valid():
        return _page(request, _asked(code), extend_form=form)
    reason = form.cleaned_data["reason"]
    return _try(
        request,
        code,
        lambda asked: services.extend_time(asked=asked, reason=reason, actor=request.user),
        _("The time is extended; the person reads why."),
    )


@member(Grant.RIGHTS)
@require_POST
def answer_request(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Answer and close."""
    asked = _asked(code)
    form = AnswerRequestForm(request.POST, is_proven=asked.is_proven)
    if not form.is_valid():
        return _page(request, asked, answer_form=form)
    answer = form.cleaned_data
    return _try(
        request,
        code,
        lambda asked: services.answer_request(
            asked=asked,
            outcome=answer["outcome"],
            text=answer["text"],
            has_copy=answer.get("has_copy", False),
            actor=request.user,
        ),
        _("The answer stands at the person's private address."),
    )


@member(Grant.RIGHTS)
@require_POST
def forget_requester(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Make what is held anonymous, or erase the words too. It cannot be undone."""
    asked = _asked(code)
    if request.POST.get("sure") != "1":
        messages.error(request, _("Tick the box: this cannot be undone."))
        return redirect("harassment:request-detail", code=asked.code)
    is_whole = request.POST.get("how") == "erase"

    def forget(asked: RightsRequest) -> None:
        done = services.forget_requester(asked=asked, is_whole=is_whole, actor=request.user)
        if done.kept:
            messages.warning(
                request,
                _("%(count)d sealed items are of the first format and keep their words.")
                % {"count": done.kept},
            )

    return _try(request, code, forget, _("Done. The evidence chains still verify."))


def _asked(code: UUID) -> RightsRequest:
    return get_object_or_404(RightsRequest, code=code)


def _try(
    request: WorkspaceRequest, code: UUID, act: Callable[[RightsRequest], None], sentence: str
) -> HttpResponse:
    asked = _asked(code)
    try:
        act(asked)
    except services.RightsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence)
    return redirect("harassment:request-detail", code=code)


def _page(
    request: WorkspaceRequest,
    asked: RightsRequest,
    *,
    extend_form: ExtendRequestForm | None = None,
    answer_form: AnswerRequestForm | None = None,
) -> HttpResponse:
    held = rights.held_for(asked)
    outcome = request.GET.get("outcome", "")
    if outcome not in RightsRequest.Outcome.values:
        outcome = RightsRequest.Outcome.GRANTED if asked.is_proven else "unproven"
    draft: dict[str, Any] = {
        "outcome": outcome,
        "text": draft_answer(asked, outcome, is_nothing_held=held.is_nothing),
        "has_copy": asked.kind == RightsRequest.Kind.ACCESS and outcome == "granted",
    }
    context = {
        "asked": asked,
        "held": held,
        "outcome": outcome,
        "outcomes": RightsRequest.Outcome.choices,
        "extend_form": extend_form or ExtendRequestForm(),
        "answer_form": answer_form or AnswerRequestForm(initial=draft, is_proven=asked.is_proven),
        "may_extend": asked.is_open and not asked.extension_reason and not asked.is_late,
    }
    status = 422 if extend_form or answer_form else 200
    return render(request, "harassment/request_detail.html", context, status=status)
