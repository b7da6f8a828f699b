"""Visitors who write at the same moment never pass a bot's own quota, and never each other."""

import contextvars
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from accounts import tenancy
from accounts.models import Workspace
from ai_agents.models import (
    Allowance,
    ChatbotConversation,
    ChatbotMonth,
    ChatbotTurn,
    Reservation,
)
from ai_agents.services import talks
from tests.ai_agents.chatting import make_chatbot, put
from tests.database import cloned_database


def _at_once(work: Callable[[int], str], *, count: int, threads: int) -> Counter[str]:
    """What `work` said, called `count` times by so many threads that begin together."""
    start = threading.Barrier(threads)

    def run(numbers: range) -> list[str]:
        start.wait(60)
        try:
            return [work(number) for number in numbers]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        waiting = [
            pool.submit(contextvars.copy_context().run, run, range(at, count, threads))
            for at in range(threads)
        ]
        return Counter(said for future in waiting for said in future.result(timeout=300))


def test_sixty_at_once_against_a_quota_of_twenty_five(
    django_db_blocker: Any, template_name: str
) -> None:
    with django_db_blocker.unblock(), cloned_database(template_name):
        with tenancy.enter(Workspace.objects.get(slug="lumen")):
            bot = make_chatbot(month_limit=25)

            def write(number: int) -> str:
                try:
                    put(bot, f"Message {number}", key=str(number))
                except talks.QuotaUsed:
                    return "used"
                return "taken"

            assert _at_once(write, count=60, threads=12) == {"taken": 25, "used": 35}
            assert ChatbotMonth.objects.get().requests == 25
            # Nothing is left of those that were refused.
            assert ChatbotTurn.objects.count() == Reservation.objects.count() == 25
            assert ChatbotConversation.objects.count() == 25
            assert Allowance.objects.get(measure="requests").reserved == 25
        connections.close_all()


def test_of_messages_to_one_conversation_at_once_one_is_taken(
    django_db_blocker: Any, template_name: str
) -> None:
    with django_db_blocker.unblock(), cloned_database(template_name):
        with tenancy.enter(Workspace.objects.get(slug="lumen")):
            bot = make_chatbot()
            first = put(bot)
            ChatbotTurn.objects.update(state="done")
            code = first.conversation.code

            def write(number: int) -> str:
                try:
                    put(bot, f"Message {number}", key=str(number), conversation=code)
                except talks.Busy:
                    return "busy"
                return "taken"

            assert _at_once(write, count=8, threads=8) == {"taken": 1, "busy": 7}
            assert ChatbotMonth.objects.get().requests == 2
        connections.close_all()
