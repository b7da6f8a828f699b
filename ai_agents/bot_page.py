"""The page an agency shows in a frame on its own website: no cookie, no key, no sign-in.

Who may frame it is said by frame-ancestors, and the browser holds to it. A signed token, good for
an hour, ties what is written to the bot, the website and this one opening of the page.
"""

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts import limits, tenancy
from accounts.gates import open_door
from ai_agents.chatbot_forms import MessageForm
from ai_agents.models import Chatbot, ChatbotConversation, ChatbotTurn
from ai_agents.queries.chatbots import is_any_provider_ready
from ai_agents.services import talks
from ai_agents.talk_words import REFUSALS, failure_of, refusal_of

SALT = "ai_agents.bot_page"
MINUTE = 60
OPENED_MOST, LOOKED_MOST = 60, 300  # a minute and address


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token proves."""

    chatbot: str
    origin: str
    session: UUID

    def signed(self) -> str:
        """As it goes into the page."""
        told = [tenancy.current_schema(), self.chatbot, self.origin, str(self.session)]
        return signing.dumps(told, salt=SALT)


def read_pass(token: str, chatbot: Chatbot) -> Pass | None:
    """The pass, if it was made here for this bot lately and its website is still allowed."""
    try:
        told = signing.loads(token, salt=SALT, max_age=settings.CHATBOT_TOKEN_SECONDS)
        schema, code, origin, session = told
        found = Pass(code, origin, UUID(session))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    is_here = schema == tenancy.current_schema() and code == str(chatbot.code)
    return found if is_here and origin in chatbot.origins else None


@open_door
@xframe_options_exempt
@never_cache
@require_GET
def bot_page(request: HttpRequest, code: UUID) -> HttpResponse:
    """The bot, ready to be written to; opened from elsewhere it says that it belongs on a site."""
    chatbot = _bot_of(code)
    if limits.is_over(request, "bot-page", most=OPENED_MOST, seconds=MINUTE):
        return _framed(chatbot, HttpResponse(_("Too many at once. Wait a minute."), status=429))
    origin = _origin_of(request.headers.get("Referer", ""))
    if origin not in chatbot.origins:
        context = {"chatbot": chatbot, "is_lost": True}
        return _framed(chatbot, render(request, "ai_agents/bot_page.html", context, status=403))
    held = Pass(str(chatbot.code), origin, uuid.uuid4())
    context = _talk(chatbot, held, MessageForm(), None)
    return _framed(chatbot, render(request, "ai_agents/bot_page.html", context))


@open_door
@csrf_exempt
@xframe_options_exempt
@never_cache
@require_POST
def bot_message(request: HttpRequest, code: UUID) -> HttpResponse:
    """Take a visitor's message; its answer is a job, and the fragment waits for it."""
    chatbot = _bot_of(code)
    held = read_pass(request.POST.get("token", ""), chatbot)
    if held is None:
        context: dict[str, Any] = {"chatbot": chatbot, "is_lost": True}
        return _rendered(request, chatbot, context, 401)
    form = MessageForm(request.POST)
    talk = ChatbotConversation.objects.filter(chatbot=chatbot, session=held.session).first()
    if form.is_valid():
        sentence = _refused_by_rate(request, chatbot) or _refused_by_state()
        if not sentence:
            try:
                turn = talks.ask_chatbot(
                    chatbot=chatbot,
                    visitor=talks.Visitor(
                        "page", session=held.session, address=request.META.get("REMOTE_ADDR", "")
                    ),
                    message=form.cleaned_data["message"],
                    key=str(form.cleaned_data["key"]),
                    conversation=talk.code if talk else None,
                )
            except REFUSALS as refused:
                sentence = str(refusal_of(refused).sentence)
            else:
                return _rendered(
                    request, chatbot, _talk(chatbot, held, MessageForm(), turn.conversation), 200
                )
        form.add_error(None, sentence)
    return _rendered(request, chatbot, _talk(chatbot, held, form, talk), 422)


@open_door
@xframe_options_exempt
@never_cache
@require_GET
def bot_turn(request: HttpRequest, code: UUID, turn: UUID) -> HttpResponse:
    """One message with its answer, or how far it is. Its code is known to who wrote it alone."""
    chatbot = _bot_of(code)
    if limits.is_over(request, "bot-turn", most=LOOKED_MOST, seconds=MINUTE):
        return _framed(chatbot, HttpResponse(_("Too many at once. Wait a minute."), status=429))
    turns = ChatbotTurn.objects.select_related("conversation")
    found = turns.filter(
        code=turn, conversation__chatbot=chatbot, conversation__channel="page"
    ).first()
    if found is None:
        raise Http404
    context = {"turn": found, "chatbot": chatbot, **_page(chatbot)}
    if not getattr(request, "htmx", False):
        context["turns"] = [found]
        return _framed(chatbot, render(request, "ai_agents/bot_page.html", context))
    return _framed(chatbot, render(request, "ai_agents/_turn.html", context))


def _bot_of(code: UUID) -> Chatbot:
    """A bot that answers visitors. Raises Http404: one that is switched off is not there."""
    found = Chatbot.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise Http404
    return found


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _refused_by_rate(request: HttpRequest, chatbot: Chatbot) -> str:
    name = f"chatbot-visitor:{chatbot.pk}"
    each, most = settings.CHATBOT_VISITOR_REQUESTS_A_MINUTE, settings.CHATBOT_REQUESTS_A_MINUTE
    if limits.is_over(request, name, most=each, seconds=MINUTE) or limits.is_over_for_all(
        f"chatbot:{chatbot.pk}", most=most, seconds=MINUTE
    ):
        return _("Too many at once. Wait a minute.")
    return ""


def _refused_by_state() -> str:
    return "" if is_any_provider_ready() else str(failure_of("no_provider")[1])


def _page(chatbot: Chatbot) -> dict[str, Any]:
    return {"chatbot": chatbot, "is_page": True, "is_own": True}


def _talk(
    chatbot: Chatbot, held: Pass, form: MessageForm, talk: ChatbotConversation | None
) -> dict[str, Any]:
    return {
        **_page(chatbot),
        "form": form,
        "token": held.signed(),
        "turns": list(talk.turns.all()) if talk else [],
        "action": reverse("bot-message", kwargs={"code": chatbot.code}),
    }


def _rendered(
    request: HttpRequest, chatbot: Chatbot, context: dict[str, Any], status: int
) -> HttpResponse:
    name = "_talk" if getattr(request, "htmx", False) else "bot_page"
    answer = render(request, f"ai_agents/{name}.html", context, status=status)
    return _framed(chatbot, answer)


def _framed(chatbot: Chatbot, response: HttpResponse) -> HttpResponse:
    """Only the bot's websites may show it; the browser refuses every other one."""
    ancestors = chatbot.origins or ["'none'"]
    response._csp_replace = {"frame-ancestors": ancestors}  # type: ignore[attr-defined]
    return response
