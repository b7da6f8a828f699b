"""The door for programs: a chatbot's key, which opens that bot and nothing else; no cookie.

A message is answered by a job: 202 with the address to ask at, which answers 202 until it is there.
No thread of the web process waits for a model.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any, TypeGuard
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.gates import open_door
from ai_agents.models import Chatbot, ChatbotTurn
from ai_agents.queries.chatbots import is_allowed_somewhere, is_any_provider_ready
from ai_agents.services import talks
from ai_agents.services.chatbots import find_key
from ai_agents.talk_words import REFUSALS, failure_of, refusal_of

MINUTE = 60
WRONG_KEYS = 20  # a minute and address; a key cannot be guessed, but trying must not be free
READS = 20  # answers may be asked for so many times as often as messages may be sent
BODY_MOST = 16 * 1024  # bytes; 1,500 characters in any script fit
KEY_MOST = 100  # characters of an Idempotency-Key
SCHEME = "Bearer "


class _Refused(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, error: str, message: str | Promise, wait: int = 0) -> None:
        super().__init__(error)
        self.answer = JsonResponse({"error": error, "message": str(message)}, status=status)
        if wait:
            self.answer.headers["Retry-After"] = str(wait)
        if status == 401:
            self.answer.headers["WWW-Authenticate"] = "Bearer"


@dataclass(frozen=True, slots=True)
class _Wish:
    """A well-formed body."""

    message: str
    context: str
    conversation: UUID | None


@open_door
@csrf_exempt
@never_cache
@require_http_methods(["POST", "OPTIONS"])
def chat(request: HttpRequest) -> HttpResponse:
    """Take a message: {message, context?, conversation?}. 202 with where the answer will be."""
    return _answered(request, _take)


@open_door
@csrf_exempt
@never_cache
@require_http_methods(["GET", "OPTIONS"])
def chat_answer(request: HttpRequest, code: UUID) -> HttpResponse:
    """The answer of one message: 200, or 202 while it is awaited, or 503 when none will come."""
    return _answered(request, lambda asked, chatbot: _read(asked, chatbot, code))


def _answered(request: HttpRequest, serve: Any) -> HttpResponse:
    """What `serve` makes of the request and its bot; with what browsers need to show it."""
    origin = request.headers.get("Origin", "")
    try:
        if request.method == "OPTIONS":
            # A preflight carries no key: any bot of this workspace may be meant.
            if not is_allowed_somewhere(origin):
                raise _Refused(403, "origin", _("This website may not ask a chatbot here."))
            response = HttpResponse(status=204)
        else:
            chatbot = _bot_of(request)
            if origin and origin not in chatbot.origins:
                raise _Refused(403, "origin", _("This website may not ask this chatbot."))
            response = serve(request, chatbot)
    except _Refused as refused:
        response = refused.answer
        if response.status_code == 403:
            origin = ""
    response.headers["Vary"] = "Origin"
    if origin and is_allowed_somewhere(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key"
        )
        response.headers["Access-Control-Expose-Headers"] = "Location, Retry-After"
        response.headers["Access-Control-Max-Age"] = "600"
    return response


def _bot_of(request: HttpRequest) -> Chatbot:
    """The bot whose key this is, asked anew each time: a revoke acts at once."""
    told = request.headers.get("Authorization", "")
    plain = told.removeprefix(SCHEME).strip() if told.startswith(SCHEME) else ""
    key = find_key(plain=plain)
    if key is None:
        if limits.is_over(request, "chatbot-key", most=WRONG_KEYS, seconds=MINUTE):
            raise _Refused(429, "rate", _("Too many at once. Wait a minute."), MINUTE)
        raise _Refused(401, "key", _("The key is not known or was revoked."))
    talks.touch_key(key)
    return key.chatbot


def _take(request: HttpRequest, chatbot: Chatbot) -> HttpResponse:
    wish = _wish_of(request)
    most = settings.CHATBOT_REQUESTS_A_MINUTE
    if limits.is_over_for_all(f"chatbot:{chatbot.pk}", most=most, seconds=MINUTE):
        raise _Refused(429, "rate", _("Too many at once. Wait a minute."), MINUTE)
    if not is_any_provider_ready():
        raise _Refused(503, *failure_of("no_provider"))
    try:
        turn = talks.ask_chatbot(
            chatbot=chatbot,
            visitor=talks.Visitor("api", address=request.META.get("REMOTE_ADDR", "")),
            message=wish.message,
            context=wish.context,
            conversation=wish.conversation,
            key=_key_of(request),
        )
    except REFUSALS as refused:
        why = refusal_of(refused)
        wait = int((why.until - timezone.now()).total_seconds()) + 1 if why.until else 0
        raise _Refused(why.status, why.word, why.sentence, max(wait, 0)) from refused
    return _told(turn)


def _read(request: HttpRequest, chatbot: Chatbot, code: UUID) -> HttpResponse:
    most = settings.CHATBOT_REQUESTS_A_MINUTE * READS
    if limits.is_over_for_all(f"chatbot-read:{chatbot.pk}", most=most, seconds=MINUTE):
        raise _Refused(429, "rate", _("Too many at once. Wait a minute."), MINUTE)
    turns = ChatbotTurn.objects.select_related("conversation")
    turn = turns.filter(
        code=code, conversation__chatbot=chatbot, conversation__channel="api"
    ).first()
    if turn is None:
        raise _Refused(404, "message", _("There is no such message."))
    return _told(turn)


def _told(turn: ChatbotTurn) -> HttpResponse:
    """The answer, or where to ask for it, or why there is none."""
    if turn.state == ChatbotTurn.State.FAILED:
        raise _Refused(503, *failure_of(turn.problem))
    conversation = str(turn.conversation.code)
    if turn.state == ChatbotTurn.State.DONE and turn.finished_at is not None:
        sources = [{"document": one["filename"], "page": one["page"]} for one in turn.sources]
        return JsonResponse(
            {
                "message": turn.answer,
                "timestamp": turn.finished_at.isoformat(),
                "tokens_used": turn.tokens,
                "conversation": conversation,
                "sources": sources,
            }
        )
    url = reverse("chatbot-answer", kwargs={"code": turn.code})
    body = {"status": "pending", "id": str(turn.code), "url": url, "conversation": conversation}
    response = JsonResponse(body, status=202)
    response.headers["Location"] = url
    response.headers["Retry-After"] = "1"
    return response


def _wish_of(request: HttpRequest) -> _Wish:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or int(length) > BODY_MOST:
        raise _Refused(400, "size", _("The message is too long, or its length is missing."))
    if request.content_type != "application/json":
        raise _Refused(400, "type", _("The message is not JSON."))
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise _Refused(400, "json", _("The message is not JSON.")) from error
    if not isinstance(told, dict) or told.keys() - {"message", "context", "conversation"}:
        raise _Refused(400, "fields", _("Send message, and if you like context, conversation."))
    message, context = told.get("message"), told.get("context") or ""
    if not _is_text(message, talks.MESSAGE_MOST) or not message.strip():
        raise _Refused(400, "message", _("The message has 1 to 1,000 characters."))
    if not _is_text(context, talks.CONTEXT_MOST):
        raise _Refused(400, "context", _("The context has at most 500 characters."))
    conversation = None
    if told.get("conversation") is not None:
        try:
            conversation = UUID(str(told["conversation"]))
        except ValueError as error:
            raise _Refused(400, "conversation", _("This is no conversation.")) from error
    return _Wish(message, context, conversation)


def _is_text(value: object, most: int) -> TypeGuard[str]:
    """Whether it is a text that a row can hold."""
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # half a pair
        return False
    return True


def _key_of(request: HttpRequest) -> str:
    told = request.headers.get("Idempotency-Key", "").strip()
    if len(told) > KEY_MOST:
        raise _Refused(400, "idempotency", _("The Idempotency-Key is too long."))
    return told or str(uuid.uuid4())
