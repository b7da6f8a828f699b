"""Writing to the assistant, stopping it, forgetting a talk. Answering is a job: see talking."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts import audit, live, outbox, tenancy
from accounts.models import User
from ai_agents.agents import OPERATIONS
from ai_agents.coordinator import FALLBACK, route
from ai_agents.models import Conversation, Message, Usage
from ai_agents.services import ledger

State = Message.State
Role = Message.Role

JOB = "ai_agents.answer_message"
EXPIRE_JOB = "ai_agents.expire_message"
GRACE_SECONDS = 60  # after the last moment at which an answer may still come
TITLE = 60


class Busy(Exception):
    """An answer is being written here: one at a time."""


@transaction.atomic
def send_message(
    *, user: User, key: UUID, text: str, language: str, conversation: Conversation | None = None
) -> Message:
    """Keep what was written, reserve, and promise the answer; returns the answer's empty message.

    Without a conversation it begins one. The same `key` gives the same message. Raises
    ledger.Refused, ledger.Stopped, Busy, or ledger.KeyReused when `key` came with other words.
    """
    agent = OPERATIONS[route(text) or FALLBACK].agent
    told = json.dumps([str(conversation.code) if conversation else "", language, text])
    reservation, is_new = ledger.reserve(
        user=user,
        agent=agent,
        operation="chat",
        key=str(key),
        request_hash=hashlib.sha256(told.encode()).hexdigest(),
    )
    if not is_new:
        found = Message.objects.filter(reservation=reservation).first()
        if found is None:  # asked, then deleted
            raise ledger.KeyReused
        return found
    now = timezone.now()
    if conversation is None:
        title = " ".join(text.split())
        title = title if len(title) <= TITLE else f"{title[: TITLE - 1]}…"
        conversation = Conversation.objects.create(
            user_id=user.pk, title=title, last_message_at=now
        )
    else:
        # Whoever sends at the same time waits here, and then finds the answer under way.
        Conversation.objects.select_for_update().get(pk=conversation.pk)
        if conversation.messages.filter(state__in=Message.UNFINISHED).exists():
            raise Busy
        Conversation.objects.filter(pk=conversation.pk).update(last_message_at=now)
    Message.objects.create(
        conversation=conversation, role=Role.USER, text=text, language=language, finished_at=now
    )
    message = Message.objects.create(
        conversation=conversation,
        role=Role.ASSISTANT,
        state=State.PENDING,
        language=language,
        agent=agent,
        reservation=reservation,
    )
    outbox.enqueue(JOB, key=str(message.code), message=message.pk)
    last = timedelta(seconds=settings.AI_ANSWER_SECONDS + GRACE_SECONDS)
    outbox.enqueue(EXPIRE_JOB, key=str(message.code), run_at=now + last, message=message.pk)
    return message


@transaction.atomic
def stop_message(*, message: Message) -> bool:
    """Want no more of it; False when it is finished. What is being written stops within a second.

    Whoever writes it keeps what there is, checked; what has not begun is given back here.
    """
    now = timezone.now()
    waiting = Message.objects.filter(pk=message.pk, state=State.PENDING)
    if waiting.update(state=State.CANCELLED, is_unwanted=True, finished_at=now):
        _give_back(message)
        return True
    writing = Message.objects.filter(pk=message.pk, state=State.STREAMING)
    return writing.update(is_unwanted=True) == 1


@transaction.atomic
def expire_message(*, message_id: int) -> bool:
    """Fail an answer whose writer died, and give the request back; False when it is finished."""
    message = Message.objects.filter(pk=message_id).select_related("reservation").first()
    return message is not None and fail_message(message=message, problem="interrupted")


@transaction.atomic
def fail_message(*, message: Message, problem: str, **changes: object) -> bool:
    """No answer: say why, give the request back. What came is not shown: nobody checked it."""
    failed = Message.objects.move(
        message.pk,
        State.FAILED,
        problem=problem,
        text="",
        cost=cost_of(message),
        finished_at=timezone.now(),
        **changes,
    )
    if failed:
        _give_back(message)
    return failed


def cost_of(message: Message) -> Decimal:
    """US dollars of all its attempts so far, also of those that broke off."""
    used = Usage.objects.filter(reservation=message.reservation_id)
    return used.aggregate(total=Sum("cost"))["total"] or Decimal(0)


def _give_back(message: Message) -> None:
    if message.reservation is not None:
        ledger.settle(message.reservation, answered=False)
    live.poke("answers")


@transaction.atomic
def delete_conversation(*, conversation: Conversation, actor: User) -> None:
    """Forget a talk, also one that goes on. Its cost stays in the ledger, without words."""
    for message in conversation.messages.filter(state__in=Message.UNFINISHED):
        _give_back(message)
    audit.record("ai_agents.conversation.deleted", actor=actor, target=str(conversation.code))
    conversation.delete()


def forget_old() -> int:
    """Delete talks silent for settings.AI_ANSWER_DAYS, in every workspace. For public code."""
    limit = timezone.now() - timedelta(days=settings.AI_ANSWER_DAYS)
    gone = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace):
            gone += Conversation.objects.filter(last_message_at__lt=limit).delete()[0]
    return gone
