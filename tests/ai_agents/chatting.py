"""Chatbots with documents, visitors who write, and answers as the llm worker gives them."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from accounts.models import User
from ai_agents.models import Chatbot, ChatbotDocument, ChatbotTurn
from ai_agents.services import documents
from ai_agents.services.replying import answer_visitor
from ai_agents.services.talks import Visitor, ask_chatbot
from tests.ai_agents.loopback import Seen

NOTES = (
    "# Delivery\n\nOrders leave within 3 days. A parcel to France takes 4 days.\n\n"
    "# Returns\n\nSend an article back within 14 days. Write to help@agency.example or call"
    " +33 1 70 18 99 00.\n\n"
    "# Workshop\n\nThe bread workshop costs 95 euros and begins at 9:30 on Saturday."
)
SITE = "https://agency.example"


def make_chatbot(**fields: Any) -> Chatbot:
    """A bot that may be embedded at SITE; inside an entered workspace."""
    defaults = {"name": "Lumière", "system_prompt": "You speak for a bakery.", "origins": [SITE]}
    return Chatbot.objects.create(**{**defaults, **fields})


def add_text(chatbot: Chatbot, actor: User, text: str = NOTES, name: str = "notes.md") -> Any:
    """Upload and read a document, as the job does."""
    document = documents.add_document(
        chatbot=chatbot, filename=name, content=text.encode(), actor=actor
    )
    documents.read_document(document.pk)
    return ChatbotDocument.objects.get(pk=document.pk)


def put(
    chatbot: Chatbot, message: str = "How long does delivery take?", **more: Any
) -> ChatbotTurn:
    """Write to a bot as a program does, without answering."""
    visitor = more.pop("visitor", Visitor("api", address="203.0.113.77"))
    key = more.pop("key", str(uuid.uuid4()))
    return ask_chatbot(chatbot=chatbot, visitor=visitor, message=message, key=key, **more)


def replied(chatbot: Chatbot, message: str = "How long does delivery take?", **more: Any) -> Any:
    """Write, answer, and read what the row says."""
    turn = put(chatbot, message, **more)
    answer_visitor(turn.pk)
    return ChatbotTurn.objects.select_related("conversation", "reservation").get(pk=turn.pk)


def saying(text: str, sources: list[int] | None = None) -> dict[str, Any]:
    """A script that says this, whatever it is asked."""
    told = json.dumps({"text": text, "sources": [1] if sources is None else sources})
    return {"text": told}


def replying(act: Callable[[Seen], str]) -> dict[str, Any]:
    """A script that says what `act` makes of what it was told."""
    return {"answers": lambda seen: saying(act(seen))}


def told(seen: Seen) -> str:
    """All that a model was given."""
    return "\n".join(str(one.get("content")) for one in seen.body["messages"])


def canary_of(seen: Seen) -> str:
    """The secret of the instructions."""
    found = re.search(r"the code (\w+)", told(seen))
    assert found
    return found[1]
