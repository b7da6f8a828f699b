"""One comment: its page, its words on request, and what people decide about it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import FilterInboxForm, ReplyCommentForm
from harassment.queries.comments import comment_for, comment_page, comment_standing
from harassment.queries.exposure import exposure_of
from harassment.queries.standing import Standing
from harassment.services import decisions, reveals
from integrations.models import Comment, ModerationAction

Verb = ModerationAction.Verb
PLACES = ("inbox", "page", "case")


@member(Grant.READ)
@require_GET
@never_cache
def comment_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Who wrote it, what it is about, its thread, why it is here, what can be done: masked."""
    context = {
        "page": comment_page(request.membership, code),
        **_read_so_far(request),
        "back": FilterInboxForm(request.GET).chosen().query(),
    }
    template = "harassment/_comment.html" if request.htmx else "harassment/comment_detail.html"
    return render(request, template, context)


@member(Grant.READ)
@require_GET
@never_cache
def show_standing(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """How an action is going and what can be done next; asked again until it has ended."""
    standing = comment_standing(request.membership, code)
    if not request.htmx:
        return redirect("harassment:comment-detail", code=code)
    return HttpResponse(_answer(request, standing))


@member(Grant.TRIAGE)
@require_POST
@never_cache
def reveal_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Show the words in this one answer. The next look at the page is masked again."""
    comment = comment_for(request.membership, code)
    context: dict[str, object] = {"may_reveal": True}
    status = 200
    try:
        text = reveals.reveal_comment(
            comment=comment, actor=request.user, why=request.POST.get("why", "")
        )
    except reveals.ExposureReached as reached:
        context |= {
            "asks_to_stop": reached.exposure,
            "reasons": reveals.Why.choices,
            "exposure": reached.exposure.today,
            "exposure_limit": reached.exposure.limit,
        }
        status = 422
    else:
        context |= {
            "is_revealed": True,
            "revealed": text,
            **_read_so_far(request),
        }
    if request.htmx:
        row = comment_standing(request.membership, code).row
        context |= {"row": row, "place": _place(request)}
        return render(request, "harassment/_words.html", context, status=status)
    context |= {"page": comment_page(request.membership, code), "back": ""}
    return render(request, "harassment/comment_detail.html", context, status=status)


def _read_so_far(request: WorkspaceRequest) -> dict[str, int]:
    exposure = exposure_of(request.user)
    return {"exposure": exposure.today, "exposure_limit": exposure.limit}


@member(Grant.HIDE)
@require_POST
def hide_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask the platform to hide it; sealed as evidence first."""
    return _act(request, code, Verb.HIDE, _("Hiding is under way."))


@member(Grant.MODERATE)
@require_POST
def remove_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask the platform to take a live message away, for good."""
    return _act(request, code, Verb.REJECT, _("Removing is under way."))


@member(Grant.MODERATE)
@require_POST
def ban_author(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask the platform to ban who wrote it, for good."""
    return _act(request, code, Verb.BAN, _("The ban is under way."))


@member(Grant.MODERATE)
@require_POST
def time_author_out(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask the platform to send the author of a live message out for five minutes."""
    return _act(request, code, Verb.TIMEOUT, _("The time-out is under way."))


@member(Grant.MODERATE)
@require_POST
def publish_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask the platform to show it to everybody."""
    return _act(request, code, Verb.PUBLISH, _("Publishing is under way."))


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def reply_to_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Answer in public as the account. A refused answer is not lost: it stays in its field."""
    form = ReplyCommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        comment = comment_for(request.membership, code)
        try:
            decisions.act_on_comment(
                comment=comment,
                verb=Verb.REPLY,
                actor=request.user,
                reply_text=form.cleaned_data["reply_text"],
                seen=request.POST.get("seen", ""),
                wait_s=settings.UNDO_SECONDS,
            )
        except decisions.DecisionError as error:
            form.add_error(None, str(error))
        else:
            response = _done(request, comment, _("The answer is on its way."))
            return trigger_client_event(response, "dialog:close")
    standing = comment_standing(request.membership, code)
    url = reverse("harassment:comment-reply", args=[code])
    context = {
        "form": form,
        "standing": standing,
        "row": standing.row,
        "id": "reply",
        "title": _("Reply in public"),
        "action": f"{url}?in={_place(request)}",
        "label": _("Send the answer"),
        "target": f"#standing-{code}",
    }
    status = 422 if form.is_bound else 200
    if not request.htmx:
        return render(request, "harassment/comment_reply.html", context, status=status)
    response = render(request, "harassment/_reply.html", context, status=status)
    return reswap(retarget(response, "#dialog"), "innerHTML")


@member(Grant.TRIAGE)
@require_POST
def dismiss_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Not abuse: it leaves the list of those that need a person."""
    return _decide(request, code, decisions.dismiss_comment, _("Marked as not abuse."))


@member(Grant.TRIAGE)
@require_POST
def resolve_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Dealt with, by hand or by leaving it as it is."""
    return _decide(request, code, decisions.resolve_comment, _("Marked as dealt with."))


@member(Grant.TRIAGE)
@require_POST
def reopen_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take a decision back that was only made here."""
    comment = comment_for(request.membership, code)
    return _try(
        request,
        comment,
        lambda: decisions.reopen_comment(comment=comment, actor=request.user),
        _("It needs a person again."),
    )


@member(Grant.HIDE)
@require_POST
def undo_action(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take an action back: here while it has not left, else on the platform."""
    action = get_object_or_404(
        ModerationAction.objects.visible_to(request.membership).select_related(
            "comment__account", "comment__post"
        ),
        code=code,
    )
    try:
        undoing = decisions.undo_action(action=action, actor=request.user)
    except decisions.DecisionError as error:
        return _done(request, action.comment, "", problem=str(error))
    is_withdrawn = undoing.state == ModerationAction.State.WITHDRAWN
    sentence = _("Taken back. It was not sent.") if is_withdrawn else _("Undoing is under way.")
    return _done(request, action.comment, sentence)


def _act(request: WorkspaceRequest, code: UUID, verb: str, sentence: str) -> HttpResponse:
    """Promise it; until it leaves, the toast takes it back."""
    comment = comment_for(request.membership, code)
    try:
        action = decisions.act_on_comment(
            comment=comment,
            verb=verb,
            actor=request.user,
            seen=request.POST.get("seen", ""),
            wait_s=settings.UNDO_SECONDS,
        )
    except decisions.DecisionError as error:
        return _done(request, comment, "", problem=str(error))
    undo_url = reverse("harassment:action-undo", args=[action.code])
    return _done(request, comment, sentence, undo_url=f"{undo_url}?in={_place(request)}")


def _decide(
    request: WorkspaceRequest, code: UUID, decide: Callable[..., object], sentence: str
) -> HttpResponse:
    comment = comment_for(request.membership, code)
    return _try(
        request,
        comment,
        lambda: decide(comment=comment, actor=request.user, seen=request.POST.get("seen", "")),
        sentence,
        undo_url=f"{reverse('harassment:comment-reopen', args=[code])}?in={_place(request)}",
    )


def _try(
    request: WorkspaceRequest,
    comment: Comment,
    act: Callable[[], object],
    sentence: str,
    undo_url: str = "",
) -> HttpResponse:
    """Do it and show how the comment stands now; a refusal is shown in the same place."""
    try:
        act()
    except decisions.DecisionError as error:
        return _done(request, comment, "", problem=str(error))
    return _done(request, comment, sentence, undo_url=undo_url)


def _done(
    request: WorkspaceRequest,
    comment: Comment,
    sentence: str,
    *,
    undo_url: str = "",
    problem: str = "",
) -> HttpResponse:
    if not request.htmx:
        if problem:
            messages.error(request, problem)
        else:
            messages.success(request, sentence)
        return redirect("harassment:comment-detail", code=comment.code)
    standing = comment_standing(request.membership, comment.code)
    # "Undo" means the newest act: the line of an earlier batch leaves.
    is_listed = _place(request) == "inbox"
    line = render_to_string("harassment/_batch.html", {"is_oob": True}) if is_listed else ""
    toast: dict[str, Any] = {"kind": "ok", "text": sentence, "undo_url": undo_url}
    if problem:
        toast = {"kind": "danger", "text": problem}
    if request.htmx.target == "toast":  # pressed on a toast: the answer takes its place
        body = render_to_string("ui/_toast.html", toast, request=request)
        return HttpResponse(body + line + _answer(request, standing, is_oob=True))
    answer = _answer(request, standing, problem=problem)
    said = render_to_string("harassment/_toast.html", toast, request=request)
    return HttpResponse(answer + line + said)


def _answer(
    request: WorkspaceRequest, standing: Standing, *, problem: str = "", is_oob: bool = False
) -> str:
    """How the comment stands now and, in the inbox, its line in the list."""
    context = {
        "standing": standing,
        "problem": problem,
        "place": _place(request),
        "membership": request.membership,
        "is_oob": is_oob,
    }
    answer = render_to_string("harassment/_standing.html", context, request=request)
    if _place(request) != "inbox":
        return answer
    # The list keeps its place: the row says how it was decided and stays until the next load.
    here = urlsplit(request.htmx.current_url or "").query
    context = {
        "rows": [standing.row],
        "may_decide": request.membership.may(Grant.TRIAGE),
        "query": FilterInboxForm(QueryDict(here)).chosen().query(),
        "current": standing.row.code,
        "is_oob": True,
    }
    return answer + render_to_string("harassment/_comment_rows.html", context, request=request)


def _place(request: WorkspaceRequest) -> str:
    """Where the fragment stands: the inbox, a page of its own, or a case."""
    asked = request.GET.get("in", "")
    return asked if asked in PLACES else "inbox"
