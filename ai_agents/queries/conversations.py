"""A person's own talks with the assistant, as its page and their export show them."""

from typing import Any
from uuid import UUID

from django.http import Http404

from ai_agents.models import Conversation, Message

LISTED = 40
SHOWN = 200  # messages of one talk on its page, the newest


def conversations_of(user_id: int) -> list[Conversation]:
    """The newest. One query."""
    return list(Conversation.objects.of(user_id).order_by("-last_message_at", "-pk")[:LISTED])


def conversation_of(user_id: int, code: UUID) -> Conversation:
    """One of the person's own. Raises Http404."""
    found = Conversation.objects.of(user_id).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def messages_of(conversation: Conversation) -> list[Message]:
    """Its messages as they were written, the newest SHOWN. One query."""
    return list(conversation.messages.order_by("-pk")[:SHOWN])[::-1]


def message_of(user_id: int, code: UUID) -> Message:
    """One answer in the person's own talks. Raises Http404."""
    answers = Message.objects.filter(role=Message.Role.ASSISTANT, conversation__user_id=user_id)
    found = answers.filter(code=code).select_related("conversation", "reservation").first()
    if found is None:
        raise Http404
    return found


def exported(conversation: Conversation) -> dict[str, Any]:
    """The whole talk as plain values: what was said, by whom or what, from which figures."""
    return {
        "conversation": str(conversation.code),
        "title": conversation.title,
        "begun": conversation.created_at.isoformat(),
        "messages": [
            {
                "at": message.created_at.isoformat(),
                "by": message.role,
                "text": message.text if message.is_finished else "",
                "state": message.state,
                "figures": message.figures,
                "left_out": message.dropped,
                "provider": message.provider,
                "model": message.model,
                "us_dollars": None if message.cost is None else str(message.cost),
            }
            for message in conversation.messages.order_by("pk")
        ],
    }
