"""How well it judges: the model's figures, the workspace's record, and what is learned from it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.models import Recalibration
from harassment.queries.accuracy import model_accuracy
from harassment.queries.record import own_record
from harassment.services import recalibration as services


@member(Grant.READ)
@require_GET
@never_cache
def show_accuracy(request: WorkspaceRequest) -> HttpResponse:
    """The figures of one language and the workspace's own record; for htmx the record alone."""
    if request.htmx:
        return _record(request)
    accuracy = model_accuracy()
    chosen = accuracy.of(request.GET.get("language") or (get_language() or "")[:2])
    context = {
        "accuracy": accuracy,
        "chosen": chosen,
        "record": own_record(request.membership),
    }
    return render(request, "harassment/accuracy.html", context)


@member(Grant.MANAGE)
@require_POST
@never_cache
def learn_recalibration(request: WorkspaceRequest) -> HttpResponse:
    """Have the scoring worker learn from what people decided."""
    services.ask_to_learn(actor=request.user)
    return _done(request, _("Learning has begun. The outcome appears below."))


@member(Grant.MANAGE)
@require_POST
@never_cache
def reset_recalibration(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Judge by the shared model again."""
    row = get_object_or_404(Recalibration, code=code)
    return _try(
        request,
        lambda: services.reset_recalibration(recalibration=row, actor=request.user),
        _("The shared model judges again. You can take this back."),
    )


@member(Grant.MANAGE)
@require_POST
@never_cache
def restore_recalibration(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Use again what was reset or replaced."""
    row = get_object_or_404(Recalibration, code=code)
    return _try(
        request,
        lambda: services.restore_recalibration(recalibration=row, actor=request.user),
        _("It is in use again."),
    )


def _try(request: WorkspaceRequest, act: Callable[[], None], sentence: str) -> HttpResponse:
    try:
        act()
    except services.RecalibrationError as error:
        if request.htmx:
            return _record(request, problem=str(error))
        messages.error(request, str(error))
        return redirect("harassment:accuracy")
    return _done(request, sentence)


def _done(request: WorkspaceRequest, sentence: str) -> HttpResponse:
    if request.htmx:
        return _record(request, done=sentence)
    messages.success(request, sentence)
    return redirect("harassment:accuracy")


def _record(request: WorkspaceRequest, *, done: str = "", problem: str = "") -> HttpResponse:
    context = {
        "record": own_record(request.membership),
        "problem": problem,
        "may_manage": request.membership.may(Grant.MANAGE),
    }
    answer = render_to_string("harassment/_accuracy_record.html", context, request)
    if done:
        answer += render_to_string("harassment/_toast.html", {"kind": "ok", "text": done}, request)
    return HttpResponse(answer)
