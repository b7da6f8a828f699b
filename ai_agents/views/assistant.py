"""Asking the agents: the form, what comes of it, one's own history."""

from typing import Any
from uuid import UUID, uuid4

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
from ai_agents.queries.recommendations import on_card
from ai_agents.question_forms import QuestionForm
from ai_agents.services import ledger, questions
from ai_agents.services.knowledge import ANEW
from integrations.models import Post

DAYS = 28
COMPUTED = frozenset({"performance", "explain"})  # what figures say without a model


@member(Grant.READ)
@require_GET
@never_cache
def assistant(request: WorkspaceRequest) -> HttpResponse:
    """The form of one operation, the figures it rests on, and the person's own history."""
    operation = _chosen(request.GET.get("do", ""))
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
    operation = _chosen(request.POST.get("do", ""))
    post = queries.post_for(request.membership, request.POST.get("post", ""))
    if operation == "explain" and post is None:
        operation = ""
    form = QuestionForm(request.POST, operation=operation)
    if not form.is_valid():
        return _refused(request, form, operation, post)
    inputs, language = form.inputs(), form.cleaned_data["language"]
    if request.POST.get(ANEW):
        inputs[ANEW] = "1"
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
            membership=request.membership,
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
    question = queries.question_of(request.user.pk, code)
    context = _shown(question) | _computed(request, question)
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


def _chosen(name: str) -> str:
    """The operation of the form that was asked for; "" for none."""
    return name if name in OPERATIONS and OPERATIONS[name].is_on_form else ""


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
    is_general = operation == "performance" and post is None
    return {
        "form": form,
        "operation": OPERATIONS.get(operation),
        "operations": [
            one for one in OPERATIONS.values() if one.is_on_form and (one.name != "explain" or post)
        ],
        "post": post,
        "figures": figures,
        "findings": computed_findings(figures),
        "told": on_card(request.membership, timezone.now()) if is_general else [],
        "is_stopped": preference.is_stopped,
        "is_ready": bool(entries),
        "keeps_messages": operation == "reply"
        and not preference.sends_comments
        and not any(entry.is_local for entry in entries),
        "used_up": next((one for one in standings if (one.percent or 0) >= 100), None),
        "history": queries.questions_of(request.user.pk),
        "keep_days": settings.AI_ANSWER_DAYS,
    }


def _computed(request: WorkspaceRequest, question: Question) -> dict[str, Any]:
    """For a question about figures that no model answered: the figures, and what they say."""
    post = question.post
    asked = "explain" if post is not None and not question.operation else question.operation
    if question.state != Question.State.FAILED or asked not in COMPUTED:
        return {}
    if post is None:
        figures = account_figures(request.membership, DAYS)
        told = on_card(request.membership, timezone.now())
        return {"computed": {"figures": figures, "told": told}}
    if queries.post_for(request.membership, str(post.code)) is None:
        return {}
    figures = post_figures(post)
    return {"computed": {"figures": figures, "findings": computed_findings(figures)}}


def _again(question: Question) -> list[tuple[str, str]]:
    """The fields of the form that asks the same anew."""
    told = {**question.inputs, "do": question.operation, "language": question.language}
    if question.post is not None:
        told["post"] = str(question.post.code)
    fields = [
        (name, part)
        for name, value in told.items()
        for part in (value if isinstance(value, list) else [value])
        if name != ANEW
    ]
    return [*fields, ("key", str(uuid4())), (ANEW, "1")]


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
        "again": _again(question) if question.recalled_at else [],
        "found": found,
    }
