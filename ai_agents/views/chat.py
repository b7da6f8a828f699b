"""Talking with the assistant: the page, its messages, one's own talks."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from ai_agents.chat_forms import ChatForm
from ai_agents.models import Conversation, Message
from ai_agents.providers.entries import read_entries
from ai_agents.queries import conversations as queries
from ai_agents.queries.figures import from_data
from ai_agents.queries.limits import preference_of_workspace, standings_of
from ai_agents.services import conversations, ledger


@member(Grant.READ)
@require_GET
@never_cache
def chat(request: WorkspaceRequest) -> HttpResponse:
    """A new talk, beside the person's own earlier ones."""
    return render(request, "ai_agents/chat.html", _page(request, _fresh(), None))


@member(Grant.READ)
@require_GET
@never_cache
def chat_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One talk, with an answer as far as it has come."""
    conversation = queries.conversation_of(request.user.pk, code)
    return render(request, "ai_agents/chat.html", _page(request, _fresh(), conversation))


@member(Grant.MODERATE)
@require_POST
def chat_begin(request: WorkspaceRequest) -> HttpResponse:
    """Take a message that begins a talk."""
    return _take(request, None)


@member(Grant.READ)
@require_POST
def chat_send(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take the next message of a talk."""
    conversation = queries.conversation_of(request.user.pk, code)
    if not request.membership.may(Grant.MODERATE):  # after the talk: a stranger's is none
        raise PermissionDenied
    return _take(request, conversation)


def _take(request: WorkspaceRequest, conversation: Conversation | None) -> HttpResponse:
    """Its answer is a job. For htmx the talk comes back with what is awaited."""
    form = ChatForm(request.POST)
    if not form.is_valid():
        return _refused(request, form, conversation)
    told = form.cleaned_data
    try:
        message = conversations.send_message(
            user=request.user,
            key=told["key"],
            text=told["text"],
            language=told["language"],
            conversation=conversation,
        )
    except (ledger.Refused, ledger.Stopped):
        return _refused(request, form, conversation)  # the page itself says which and until when
    except conversations.Busy:
        form.add_error(None, _("An answer is being written here. Wait for it, or stop it."))
        return _refused(request, form, conversation)
    except ledger.KeyReused:
        form.add_error(None, _("This was sent before. Load the page again to ask anew."))
        return _refused(request, form, conversation)
    if request.htmx and conversation is not None:
        context = _page(request, _fresh(told["language"]), conversation)
        return render(request, "ai_agents/_conversation.html", context)
    url = f"{reverse('ai_agents:chat-detail', args=[message.conversation.code])}#latest"
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@member(Grant.READ)
@require_GET
@never_cache
def message_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One answer as its row has it: so far, or finished and checked."""
    message = queries.message_of(request.user.pk, code)
    if not request.htmx:
        return _to_message(message)
    return render(request, "ai_agents/_message.html", _news(message))


@member(Grant.READ)
@require_POST
def message_stop(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Want no more of an answer; what there is of it stays."""
    message = queries.message_of(request.user.pk, code)
    conversations.stop_message(message=message)
    if not request.htmx:
        return _to_message(message)
    return render(
        request, "ai_agents/_message.html", _news(queries.message_of(request.user.pk, code))
    )


@member(Grant.READ)
@require_POST
def chat_delete(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Forget a talk with all its messages."""
    conversation = queries.conversation_of(request.user.pk, code)
    conversations.delete_conversation(conversation=conversation, actor=request.user)
    return redirect("ai_agents:chat")


@member(Grant.READ)
@require_GET
@never_cache
def chat_export(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The talk as a file: JSON for programs, or plain text, in which nothing is active."""
    found = queries.exported(queries.conversation_of(request.user.pk, code))
    if request.GET.get("as") == "text":
        kind, suffix, content = "text/plain; charset=utf-8", "txt", _as_text(found)
    else:
        kind, suffix = "application/json", "json"
        content = json.dumps(found, ensure_ascii=False, indent=1)
    name = f"aura-chat-{str(code)[:8]}.{suffix}"
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _as_text(found: dict[str, Any]) -> str:
    by = {Message.Role.USER: _("You"), Message.Role.ASSISTANT: _("Assistant (AI)")}
    parts = [
        f"{by[message['by']]} · {message['at'][:16]}\n{message['text'] or '—'}"
        for message in found["messages"]
    ]
    return "\n\n".join([found["title"], *parts]) + "\n"


def _to_message(message: Message) -> HttpResponse:
    page = reverse("ai_agents:chat-detail", args=[message.conversation.code])
    return redirect(f"{page}#message-{message.code}")


def _fresh(language: str = "") -> ChatForm:
    return ChatForm(initial={"language": language or (get_language() or "en")[:2]})


def _refused(
    request: WorkspaceRequest, form: ChatForm, conversation: Conversation | None
) -> HttpResponse:
    template = "_conversation" if request.htmx else "chat"
    context = _page(request, form, conversation)
    return render(request, f"ai_agents/{template}.html", context, status=422)


def _page(
    request: WorkspaceRequest, form: ChatForm, conversation: Conversation | None
) -> dict[str, Any]:
    preference = preference_of_workspace()
    standings = standings_of(preference, request.user, timezone.now())
    messages = [] if conversation is None else queries.messages_of(conversation)
    return {
        "form": form,
        "conversation": conversation,
        "messages_shown": [_shown(message) for message in messages],
        "history": queries.conversations_of(request.user.pk),
        "standings": [one for one in standings if not one.is_money],
        "is_stopped": preference.is_stopped,
        "is_ready": any(entry.state == "ready" for entry in read_entries()),
        "used_up": next((one for one in standings if (one.percent or 0) >= 100), None),
        "keep_days": settings.AI_ANSWER_DAYS,
    }


def _shown(message: Message) -> dict[str, Any]:
    """One message as its template reads it."""
    return {
        "message": message,
        "is_own": message.role == Message.Role.USER,
        "found": from_data(message.figures),
    }


def _news(message: Message) -> dict[str, Any]:
    """A message that comes by itself: its end is said aloud."""
    return _shown(message) | {"is_news": True}
