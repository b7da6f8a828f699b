"""Trying a chatbot, and reading what visitors wrote to it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from ai_agents.chatbot_forms import MessageForm
from ai_agents.models import Chatbot, ChatbotConversation
from ai_agents.queries import chatbots as queries
from ai_agents.services import talks
from ai_agents.talk_words import REFUSALS, refusal_of

Channel = ChatbotConversation.Channel


@member(Grant.MANAGE)
@require_POST
def chatbot_try(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Write to the bot as a visitor would; a trial is not counted among the visitors'."""
    chatbot = queries.chatbot_of(code)
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            turn = talks.ask_chatbot(
                chatbot=chatbot,
                visitor=talks.Visitor(Channel.TRIAL, user=request.user),
                message=form.cleaned_data["message"],
                key=str(form.cleaned_data["key"]),
                conversation=form.cleaned_data["conversation"],
            )
        except REFUSALS as refused:
            form.add_error(None, str(refusal_of(refused).sentence))
        else:
            if not request.htmx:
                return redirect("ai_agents:talk-detail", code=turn.conversation.code)
            return _trial(request, chatbot, MessageForm(), turn.conversation)
    talk = None
    if code_of_talk := form.cleaned_data.get("conversation"):
        talk = chatbot.conversations.filter(
            code=code_of_talk, channel=Channel.TRIAL, user_id=request.user.pk
        ).first()
    if request.htmx:
        return _trial(request, chatbot, form, talk, status=422)
    messages.error(request, _("The message was not sent. Write something and try again."))
    return redirect("ai_agents:chatbot-detail", code=code)


@member(Grant.MANAGE)
@require_GET
@never_cache
def chatbot_talks(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The conversations with a bot, the newest first; none of their words."""
    chatbot = queries.chatbot_of(code)
    before = _moment(request.GET.get("before", ""))
    found = queries.talks_of(chatbot, before)
    shown = found[: queries.TALKS]
    older = f"?before={shown[-1].last_message_at.isoformat()}" if len(found) > len(shown) else ""
    context = {
        "chatbot": chatbot,
        "talks": shown,
        "older": older.replace("+", "%2B"),
        "is_first": before is None,
    }
    return render(request, "ai_agents/chatbot_talks.html", context)


@member(Grant.MANAGE)
@require_GET
@never_cache
def talk_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One conversation; a message that may be abuse is masked until somebody asks for it."""
    talk = queries.talk_of(code)
    context = {
        "talk": talk,
        "chatbot": talk.chatbot,
        "turns": list(talk.turns.all()),
        "is_own": talk.user_id == request.user.pk,
    }
    return render(request, "ai_agents/talk_detail.html", context)


@member(Grant.MANAGE)
@require_POST
def talk_delete(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Forget one conversation."""
    talk = queries.talk_of(code)
    talks.delete_talk(talk=talk, actor=request.user)
    messages.success(request, _("The conversation is deleted."))
    return redirect("ai_agents:chatbot-talks", code=talk.chatbot.code)


@member(Grant.MANAGE)
@require_GET
@never_cache
def turn_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One message with its answer; asks again by itself until it is there."""
    turn = queries.turn_of(code)
    if not request.htmx:
        return redirect("ai_agents:talk-detail", code=turn.conversation.code)
    is_own = turn.conversation.user_id == request.user.pk
    chatbot = turn.conversation.chatbot
    context = {"turn": turn, "chatbot": chatbot, "is_own": is_own, "is_manager": True}
    return render(request, "ai_agents/_turn.html", context)


@member(Grant.MANAGE)
@require_POST
def turn_reveal(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Show one masked message to whoever asked for it."""
    turn = queries.turn_of(code)
    talks.reveal_turn(turn=turn, actor=request.user)
    talk = turn.conversation
    context = {"turn": turn, "chatbot": talk.chatbot, "is_own": True, "is_manager": True}
    if request.htmx:
        return render(request, "ai_agents/_turn.html", context)
    context |= {"talk": talk, "turns": [turn]}
    return render(request, "ai_agents/talk_detail.html", context)


def _trial(
    request: WorkspaceRequest,
    chatbot: Chatbot,
    form: MessageForm,
    talk: ChatbotConversation | None,
    status: int = 200,
) -> HttpResponse:
    if talk is not None and not form.is_bound:
        form.initial["conversation"] = talk.code
    context = {
        "chatbot": chatbot,
        "form": form,
        "turns": list(talk.turns.all()) if talk else [],
        "action": reverse("ai_agents:chatbot-try", kwargs={"code": chatbot.code}),
        "is_own": True,
        "is_manager": True,
    }
    return render(request, "ai_agents/_talk.html", context, status=status)


def _moment(written: str) -> datetime | None:
    try:
        found = parse_datetime(written)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
