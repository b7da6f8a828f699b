"""Protecting those who read: own limits, quiet hours, and having somebody else read."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.models import ReadRequest
from harassment.queries.comments import comment_for, comment_standing
from harassment.queries.exposure import exposure_of, wellbeing_of
from harassment.queries.readings import latest_reading, readers_for, readings_of, told
from harassment.services import readings as services
from harassment.wellbeing_forms import AnswerReadingForm, AskToReadForm, WellbeingForm


@member(Grant.READ)
@require_http_methods(["GET", "POST"])
@never_cache
def change_wellbeing(request: WorkspaceRequest) -> HttpResponse:
    """The person's own limit and quiet hours; nobody else can see them."""
    form = WellbeingForm(request.POST or None, instance=wellbeing_of(request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("harassment:wellbeing")
    context = {"form": form, "exposure": exposure_of(request.user)}
    status = 422 if form.is_bound else 200
    return render(request, "harassment/wellbeing.html", context, status=status)


@member(Grant.READ)
@require_http_methods(["GET", "POST"])
@never_cache
def ask_to_read(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Choose who reads a comment; shows what was told once there is an answer."""
    comment = comment_for(request.membership, code)
    readers = readers_for(request.workspace, comment, request.membership)
    form = AskToReadForm(request.POST or None, readers=readers)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_to_read(comment=comment, actor=request.user, reader=form.chosen)
        except services.ReadingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked. The answer appears under “Read for me”."))
            return redirect("harassment:reading-list")
    known = latest_reading(request.membership, comment)
    context = {
        "form": form,
        "row": comment_standing(request.membership, code).row,
        "has_readers": bool(readers),
        "known": known,
        "told": told(known) if known and known.state == ReadRequest.State.ANSWERED else "",
    }
    status = 422 if form.is_bound else 200
    return render(request, "harassment/comment_ask.html", context, status=status)


@member(Grant.READ)
@require_GET
@never_cache
def reading_list(request: WorkspaceRequest) -> HttpResponse:
    """What the person is asked to read, and what others read for them."""
    readings = readings_of(request.membership)
    answered = ReadRequest.State.ANSWERED
    context = {
        "asked_of_me": readings.asked_of_me,
        "asked_by_me": [
            (one, told(one) if one.state == answered else "") for one in readings.asked_by_me
        ],
    }
    return render(request, "harassment/reading_list.html", context)


@member(Grant.TRIAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def answer_reading(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Read it, if need be, and tick what it amounts to."""
    asked = get_object_or_404(ReadRequest.objects.select_related("comment"), code=code)
    if asked.asked_of_id != request.user.pk or asked.state != ReadRequest.State.ASKED:
        messages.error(request, _("There is nothing to answer here any more."))
        return redirect("harassment:reading-list")
    form = AnswerReadingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_reading(request=asked, actor=request.user, **form.cleaned_data)
        except services.ReadingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Told. Thank you for reading it."))
            return redirect("harassment:reading-list")
    exposure = exposure_of(request.user)
    context = {
        "asked": asked,
        "form": form,
        "row": comment_standing(request.membership, asked.comment.code).row,
        "exposure": exposure.today,
        "exposure_limit": exposure.limit,
    }
    status = 422 if form.is_bound else 200
    return render(request, "harassment/reading_answer.html", context, status=status)


@member(Grant.READ)
@require_POST
def withdraw_reading(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take back what was asked."""
    asked = get_object_or_404(ReadRequest.objects.select_related("comment"), code=code)
    try:
        services.withdraw_reading(request=asked, actor=request.user)
    except services.ReadingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back."))
    return redirect("harassment:reading-list")
