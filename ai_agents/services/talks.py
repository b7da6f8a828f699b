"""Visitors write to chatbots; answering is a job: see replying. Retention ends it all."""

import hashlib
import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.utils import timezone

from accounts import audit, outbox, tenancy
from accounts.models import User
from ai_agents.models import Chatbot, ChatbotConversation, ChatbotKey, ChatbotMonth, ChatbotTurn
from ai_agents.models.ledger import Agent
from ai_agents.queries.limits import month_of, period_end
from ai_agents.services import ledger

JOB = "ai_agents.answer_visitor"
MESSAGE_MOST = 1_000  # characters
CONTEXT_MOST = 500
TOUCH = timedelta(minutes=1)  # how exactly a key's last use is kept
Channel = ChatbotConversation.Channel
State = ChatbotTurn.State


class Paused(Exception):
    """The bot was switched off."""


class QuotaUsed(Exception):
    """The bot's own requests of this month are used up."""

    def __init__(self, resets_at: datetime) -> None:
        super().__init__("The bot's requests of this month are used up.")
        self.resets_at = resets_at


class ForeignConversation(Exception):
    """There is no such conversation for whoever asks."""


class Busy(Exception):
    """The message before is still being answered."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who writes, as far as that is known: `user` in a trial, `session` at an embedded page."""

    channel: str
    user: User | None = None
    session: UUID | None = None
    address: str = ""


@transaction.atomic
def ask_chatbot(
    *,
    chatbot: Chatbot,
    visitor: Visitor,
    message: str,
    key: str,
    context: str = "",
    conversation: UUID | None = None,
) -> ChatbotTurn:
    """Reserve, keep the message and promise its answer. The same `key` gives the same turn.

    Nothing is kept when it raises: Paused, QuotaUsed, ForeignConversation, Busy, ledger.Refused,
    ledger.Stopped, or ledger.KeyReused when `key` came with other words. A trial counts for the
    workspace and not for the bot.
    """
    if not chatbot.is_active and visitor.channel != Channel.TRIAL:
        raise Paused
    # An embedded page's conversation is found by its session: a form sent twice is one message.
    named = "" if visitor.session else str(conversation or "")
    told = json.dumps([message, context, named])
    owner = visitor.session or (visitor.user.pk if visitor.user else "")
    reservation, is_new = ledger.reserve(
        user=visitor.user,
        agent=Agent.CHATBOT,
        operation=visitor.channel,
        key=f"{chatbot.code}:{visitor.channel}:{owner}:{key}",
        request_hash=hashlib.sha256(told.encode()).hexdigest(),
    )
    if not is_new:
        found = ChatbotTurn.objects.filter(reservation=reservation).first()
        if found is None:  # asked, then deleted
            raise ledger.KeyReused
        return found
    talk = _conversation(chatbot, visitor, conversation)
    month = ""
    if visitor.channel != Channel.TRIAL:
        month = month_of(timezone.now())
        if not ChatbotMonth.objects.take(chatbot, month):
            raise QuotaUsed(period_end(month))
    turn = ChatbotTurn.objects.create(
        conversation=talk, reservation=reservation, month=month, message=message, context=context
    )
    outbox.enqueue(JOB, key=str(turn.code), turn=turn.pk)
    return turn


def _conversation(chatbot: Chatbot, visitor: Visitor, code: UUID | None) -> ChatbotConversation:
    now = timezone.now()
    if code is None:
        return ChatbotConversation.objects.create(
            chatbot=chatbot,
            channel=visitor.channel,
            session=visitor.session,
            user_id=visitor.user.pk if visitor.user else None,
            network=network_of(visitor.address),
            last_message_at=now,
        )
    theirs: dict[str, Any] = {"session": visitor.session, "channel": visitor.channel}
    if visitor.user is not None:
        theirs["user_id"] = visitor.user.pk
    # Locked: of two messages at once, the second finds the first unanswered.
    talk = (
        ChatbotConversation.objects.select_for_update()
        .filter(chatbot=chatbot, code=code, **theirs)
        .first()
    )
    if talk is None:
        raise ForeignConversation
    if talk.turns.filter(state__in=ChatbotTurn.UNFINISHED).exists():
        raise Busy
    talk.last_message_at = now
    talk.save(update_fields=["last_message_at"])
    return talk


def network_of(address: str) -> str:
    """The network of an address, never the address: enough to see that one place floods a bot."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    whole = mapped or found
    return str(ipaddress.ip_network((whole, 24 if whole.version == 4 else 48), strict=False))


def touch_key(key: ChatbotKey) -> None:
    """Remember that the key was used."""
    now = timezone.now()
    ChatbotKey.objects.filter(pk=key.pk).exclude(last_used_at__gt=now - TOUCH).update(
        last_used_at=now
    )


@transaction.atomic
def reveal_turn(*, turn: ChatbotTurn, actor: User) -> None:
    """A person reads what a visitor wrote although it may be abuse; it is written down."""
    audit.record("ai_agents.chatbot_message.revealed", actor=actor, target=str(turn.code))


@transaction.atomic
def delete_talk(*, talk: ChatbotConversation, actor: User) -> None:
    """Forget one conversation. Its costs stay in the ledger, without words."""
    audit.record(
        "ai_agents.chatbot_conversation.deleted",
        actor=actor,
        target=str(talk.code),
        data={"chatbot": str(talk.chatbot.code)},
    )
    talk.delete()


def forget_talks() -> int:
    """In every workspace: delete conversations that were kept long enough, and forget networks.

    For public code. Returns how many conversations went.
    """
    gone = 0
    now = timezone.now()
    kept = ExpressionWrapper(
        F("chatbot__keep_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace):
            over = ChatbotConversation.objects.annotate(until=F("last_message_at") + kept)
            gone += over.filter(until__lt=now).delete()[1].get("ai_agents.ChatbotConversation", 0)
            old = now - timedelta(days=settings.CHATBOT_NETWORK_DAYS)
            ChatbotConversation.objects.filter(created_at__lt=old).exclude(network="").update(
                network=""
            )
    return gone
