"""Asking the agents: the form, what comes of it, one's own history."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from ai_agents.agents import OPERATIONS
from ai_agents.coordinator import route
from ai_agents.models import Question
from ai_agents.providers.entries import read_entries
from ai_agents.queries import questions as queries
from ai_agents.queries.figures import account_figures, computed_findings, from_data, post_figures
from ai_agents.queries.limits import preference_of_workspace, standings_of
from ai_agents.question_forms import QuestionForm
from ai_agents.services import ledger, questions
from integrations.models import Post

DAYS = 28


@member(Grant.READ)
@require_GET
@never_cache
def assistant(request: WorkspaceRequest) -> HttpResponse:
    """The form of one operation, the figures it rests on, and the person's own history."""
    operation = request.GET.get("do", "")
    operation = operation if operation in OPERATIONS else ""
    post = queries.post_for(request.membership, request.GET.get("post", ""))
    if operation == "explain" and post is None:
        operation = ""
    initial: dict[str, Any] = {"language": (get_language() or "en")[:2]}
    if post is not None:
        initial["platforms"] = [post.account.platform]
    form = QuestionForm(operation=operation, initial=initial)
    context = _page(request, form, operation, post)
    return render(request, "ai_agents/assistant.html", context)


@member(Grant.MODERATE)
@require_POST
def ask(request: WorkspaceRequest) -> HttpResponse:
    """Take a question; its answer is a job. For htmx the form comes back with what is awaited."""
    operation = request.POST.get("do", "")
    operation = operation if operation in OPERATIONS else ""
    post = queries.post_for(request.membership, request.POST.get("post", ""))
    if operation == "explain" and post is None:
        operation = ""
    form = QuestionForm(request.POST, operation=operation)
    if not form.is_valid():
        return _refused(request, form, operation, post)
    inputs, language = form.inputs(), form.cleaned_data["language"]
    wanted = operation or route(inputs["text"], is_about_video=post is not None)
    try:
        question = questions.ask_question(
            user=request.user,
            key=form.cleaned_data["key"],
            operation=wanted,
            agent=OPERATIONS[wanted].agent if wanted else "",
            language=language,
            inputs=inputs,
            post=post,
        )
    except (ledger.Refused, ledger.Stopped):
        return _refused(request, form, operation, post)  # the page itself says which and until when
    except ledger.KeyReused:
        form.add_error(None, _("This was sent before. Load the page again to ask anew."))
        return _refused(request, form, operation, post)
    if not request.htmx:
        return redirect("ai_agents:answer-detail", code=question.code)
    fresh = QuestionForm(
        operation=operation,
        initial={name: form.cleaned_data.get(name) for name in form.fields if name != "key"},
    )
    context = _page(request, fresh, operation, post) | _shown(question)
    return render(request, "ai_agents/_ask.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def answer_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One answer, or how far it is; asks again by itself until it is there."""
    context = _shown(queries.question_of(request.user.pk, code))
    template = "_answer" if request.htmx else "answer_detail"
    return render(request, f"ai_agents/{template}.html", context)


@member(Grant.READ)
@require_POST
def answer_cancel(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Want no answer any more."""
    question = queries.question_of(request.user.pk, code)
    questions.cancel_question(question=question)
    if not request.htmx:
        return redirect("ai_agents:answer-detail", code=code)
    context = _shown(queries.question_of(request.user.pk, code))
    return render(request, "ai_agents/_answer.html", context)


@member(Grant.READ)
@require_POST
def answer_delete(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Forget one question with its answer."""
    question = queries.question_of(request.user.pk, code)
    questions.delete_question(question=question, actor=request.user)
    return redirect("ai_agents:assistant")


def _refused(
    request: WorkspaceRequest, form: QuestionForm, operation: str, post: Post | None
) -> HttpResponse:
    template = "_ask" if request.htmx else "assistant"
    context = _page(request, form, operation, post)
    return render(request, f"ai_agents/{template}.html", context, status=422)


def _page(
    request: WorkspaceRequest, form: QuestionForm, operation: str, post: Post | None
) -> dict[str, Any]:
    preference = preference_of_workspace()
    entries = [entry for entry in read_entries() if entry.state == "ready"]
    standings = standings_of(preference, request.user, timezone.now())
    if post is not None:
        figures = post_figures(post)
    elif operation == "performance":
        figures = account_figures(request.membership, DAYS)
    else:
        figures = []
    return {
        "form": form,
        "operation": OPERATIONS.get(operation),
        "operations": [one for one in OPERATIONS.values() if one.name != "explain" or post],
        "post": post,
        "figures": figures,
        "findings": computed_findings(figures),
        "is_stopped": preference.is_stopped,
        "is_ready": bool(entries),
        "keeps_messages": operation == "reply"
        and not preference.sends_comments
        and not any(entry.is_local for entry in entries),
        "used_up": next((one for one in standings if (one.percent or 0) >= 100), None),
        "history": queries.questions_of(request.user.pk),
        "keep_days": settings.AI_ANSWER_DAYS,
    }


def _shown(question: Question) -> dict[str, Any]:
    found = from_data(question.figures)
    labels = {figure.ref: figure.label for figure in found}
    parts = [
        {**part, "sources": [(ref, labels[ref]) for ref in part["refs"] if ref in labels]}
        for part in question.answer
    ]
    return {
        "question": question,
        "asked": OPERATIONS.get(question.operation),
        "parts": parts,
        "found": found,
    }
