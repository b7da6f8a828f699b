"""Asking as the page does, and answering as the llm worker does, over a loopback provider."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from accounts.models import User
from ai_agents.agents import OPERATIONS
from ai_agents.models import Question
from ai_agents.services.answering import answer_question
from ai_agents.services.questions import ask_question
from integrations.models import Post
from tests.ai_agents.loopback import Seen

CAPTIONS = {
    "captions": [
        {"platform": name, "text": f"Bread, slowly. {way}", "hashtags": ["#bread", "#slow"]}
        for name in ("youtube", "tiktok")
        for way in ("Smell it.", "Hear it.", "Taste it.")
    ]
}
GIST = {"topic": "video", "stance": "insulting", "is_question": False, "language": "en"}


def put(user: User, operation: str, *, post: Post | None = None, **fields: Any) -> Question:
    """Ask, without answering."""
    inputs = {"text": "Bread", "platforms": ["youtube", "tiktok"], **fields.pop("inputs", {})}
    return ask_question(
        user=user,
        key=fields.pop("key", uuid.uuid4()),
        operation=operation,
        agent=OPERATIONS[operation].agent if operation else "",
        language=fields.pop("language", "en"),
        inputs=inputs,
        post=post,
    )


def answered(user: User, operation: str, **fields: Any) -> Question:
    """Ask, answer, and read what the row says."""
    question = put(user, operation, **fields)
    answer_question(question.pk)
    question.refresh_from_db()
    return question


def told(*answers: Any) -> dict[str, Any]:
    """A script that gives one answer after the other, the last one for ever."""
    turns: Iterator[Any] = iter(answers)
    last: list[Any] = []

    def play(_seen: Seen) -> dict[str, Any]:
        for turn in turns:
            last[:] = [turn]
            break
        turn = last[0]
        return turn if "tool" in turn else {"text": json.dumps(turn)}

    return {"answers": play}


def obeying(act: Callable[[Seen], Any]) -> dict[str, Any]:
    """A script of a model that answers with whatever `act` makes of what it was told."""
    return {"answers": lambda seen: {"text": json.dumps(act(seen))}}
