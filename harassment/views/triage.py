"""Several comments at once: one press, one line that says what became of each, one undo."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import FilterInboxForm
from harassment.models import TriageBatch
from harassment.queries.batches import (
    NEEDED,
    batch_for,
    batch_items,
    batch_lines,
    batch_summary,
)
from harassment.queries.claims import others_at
from harassment.queries.comments import comment_for
from harassment.queries.rows import comment_rows
from harassment.services import batches, claims
from harassment.triage_forms import TriageCommentsForm
from integrations.models import Comment


@member(Grant.TRIAGE)
@require_POST
@never_cache
def triage_comments(request: WorkspaceRequest) -> HttpResponse:
    """Hide, decide or file the chosen comments; each for itself."""
    form = TriageCommentsForm(request.POST)
    if not form.is_valid():
        return _refuse(request, form.problem)
    _check_grant(request, form.cleaned_data["verb"])
    visible = Comment.objects.visible_to(request.membership).select_related("account", "post")
    comments = list(visible.filter(code__in=form.cleaned_data["code"]).order_by("pk"))
    batch = batches.triage_comments(
        comments=comments, verb=form.cleaned_data["verb"], actor=request.user
    )
    return _answer(request, batch, [comment.pk for comment in comments])


@member(Grant.READ)
@require_GET
@never_cache
def show_batch(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The line of a batch and how its rows stand now, or all of it on a page of its own."""
    batch = batch_for(request.membership, code)
    items = batch_items(batch)
    context: dict[str, object] = {"summary": batch_summary(batch, items)}
    if request.htmx:
        asked = Comment.objects.visible_to(request.membership).filter(
            pk__in=[item.comment_id for item in items]
        )
        line = render_to_string("harassment/_batch.html", context, request)
        tags = render_to_string("harassment/_comment_tags.html", {"rows": comment_rows(asked)})
        return HttpResponse(line + tags)
    context["lines"] = batch_lines(items, request.membership)
    return render(request, "harassment/batch_detail.html", context)


@member(Grant.TRIAGE)
@require_POST
@never_cache
def undo_batch(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take back what of it can be taken back."""
    batch = batch_for(request.membership, code)
    _check_grant(request, batch.verb)
    problem = batches.undo_batch(batch=batch, actor=request.user)
    if problem:
        messages.error(request, problem)
    return _answer(request, batch, list(batch.items.values_list("comment_id", flat=True)))


@member(Grant.TRIAGE)
@require_POST
@never_cache
def claim_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Say that the person has it open; who else has."""
    comment = comment_for(request.membership, code)
    claims.claim_comment(comment=comment, actor=request.user)
    return _others(request, comment)


@member(Grant.READ)
@require_GET
@never_cache
def show_others(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Who else has it open; asked again on each poke."""
    return _others(request, comment_for(request.membership, code))


def _others(request: WorkspaceRequest, comment: Comment) -> HttpResponse:
    if not request.htmx:
        return redirect("harassment:comment-detail", code=comment.code)
    context = {"code": comment.code, "others": others_at(comment, request.user)}
    return render(request, "harassment/_others.html", context)


def _check_grant(request: WorkspaceRequest, verb: str) -> None:
    if not request.membership.may(NEEDED[TriageBatch.Verb(verb)]):
        raise PermissionDenied


def _refuse(request: WorkspaceRequest, problem: str) -> HttpResponse:
    if not request.htmx:
        messages.error(request, problem)
        return redirect("harassment:inbox")
    toast = {"kind": "danger", "text": problem}
    response = render(request, "ui/_toast.html", toast, status=422)
    return reswap(retarget(response, "#toast"), "innerHTML")


def _answer(
    request: WorkspaceRequest, batch: TriageBatch, comment_ids: Sequence[int]
) -> HttpResponse:
    """The line of the batch and, in the list, each row as it stands now."""
    if not request.htmx:
        return redirect("harassment:batch-detail", code=batch.code)
    batch.refresh_from_db()
    parts = [
        render_to_string(
            "harassment/_batch.html", {"summary": batch_summary(batch, batch_items(batch))}, request
        )
    ]
    here = FilterInboxForm(QueryDict(urlsplit(request.htmx.current_url or "").query))
    visible = Comment.objects.visible_to(request.membership).filter(pk__in=comment_ids)
    context = {
        "rows": comment_rows(visible.order_by("pk")),
        "query": here.chosen().query(),
        "may_decide": True,
        "current": here.opened(),
        "is_oob": True,
    }
    parts.append(render_to_string("harassment/_comment_rows.html", context, request))
    parts.append(
        render_to_string(
            "ui/_toasts.html", {"messages": messages.get_messages(request), "is_oob": True}, request
        )
    )
    # What is shown beside the list may be one of them.
    return trigger_client_event(HttpResponse("".join(parts)), "triage")
