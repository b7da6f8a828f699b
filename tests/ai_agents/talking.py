"""Writing in the chat as the page does, and answering as the llm worker does."""

import uuid
from typing import Any

from accounts.models import User
from ai_agents.models import Conversation, Message
from ai_agents.services.conversations import send_message
from ai_agents.services.talking import answer_message

TEXT = "Post more bread."


def write(
    user: User, text: str = "Hello", *, conversation: Conversation | None = None, **fields: Any
) -> Message:
    """Write, without an answer yet; the empty one."""
    return send_message(
        user=user,
        key=fields.pop("key", uuid.uuid4()),
        text=text,
        language=fields.pop("language", "en"),
        conversation=conversation,
    )


def talked(user: User, text: str = "Hello", **fields: Any) -> Message:
    """Write, answer, and read what the row says."""
    message = write(user, text, **fields)
    answer_message(message.pk)
    return Message.objects.select_related("conversation").get(pk=message.pk)


def frames(heard: list[dict[str, Any]]) -> list[str]:
    """What a page shows after each frame, as static/js/live.js puts it together."""
    shown, states = "", []
    for frame in heard:
        kept = shown.encode("utf-16-le")[: frame["at"] * 2].decode("utf-16-le")
        if len(kept.encode("utf-16-le")) == frame["at"] * 2:
            shown = kept + frame["text"]
        states.append(shown)
    return states
