"""Answers that are remembered: the same person, question and figures need no second call.

Kept in the cache for an hour under a key that holds workspace, person, question, language, prompt
and a fingerprint of the figures, so whatever changes makes a miss. Never kept: what was read from
another person's message, what was refused or cut, and what holds a name that came back from
redaction. Questions of a conversation never come here.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import F
from django.utils import timezone

from accounts import tenancy
from accounts.models import Membership
from ai_agents.agents import OPERATIONS
from ai_agents.agents.base import RULES, Wish
from ai_agents.catalogue.models import RecallDay
from ai_agents.cleaning import plain
from ai_agents.coordinator import SORTER
from ai_agents.models import Question
from ai_agents.numbers import Figure
from ai_agents.queries.figures import PERIODS, account_figures, as_data, post_figures

VERSION = 1  # of what is kept; another one is a miss
FRESH = timedelta(minutes=30)
OLDEST = timedelta(minutes=60)
FLIGHT_SECONDS = 60  # for which others wait for the one who asks
LOOKS_EVERY = 0.2  # seconds
ANEW = "anew"  # among the inputs: the person wants no remembered answer
DOWN = frozenset({"provider", "refused"})  # problems in which an older answer is better than none


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer as it was shown, with the moment in which it was made."""

    created_at: datetime
    operation: str
    agent: str
    provider: str
    model: str
    answer: list[dict[str, Any]]
    figures: list[dict[str, Any]]

    def fields(self, key: str) -> dict[str, Any]:
        """What a question holds that is answered with it."""
        names = ("operation", "agent", "provider", "model", "answer", "figures")
        own = {name: getattr(self, name) for name in names}
        return own | {"memory_key": key, "recalled_at": self.created_at}


def key_of(question: Question, asked: str, membership: Membership) -> str:
    """Where the answer to this question is remembered; "" when it may not be.

    `asked` is the operation the person chose, "" when the words decide. At most three queries.
    """
    if asked and (OPERATIONS[asked].reads_message or not OPERATIONS[asked].is_on_form):
        return ""
    parts = {
        "schema": tenancy.current_schema(),
        "user": question.user_id,
        "operation": asked,
        "language": question.language,
        "inputs": _normalised(question.inputs),
        "post": question.post_id,
        "prompt": _prompt(asked, question.language),
        "chain": settings.AI_PROVIDER_CHAIN,
        "data": _fingerprint(question, asked, membership),
    }
    return _digest(parts)


def recall(
    question: Question, key: str, *, now: datetime, is_down: bool = False
) -> Remembered | None:
    """What is remembered there, or None: up to 30 minutes old, up to 60 when nobody can be asked.

    The age is that of the answer, whatever the cache does.
    """
    if not key or (question.inputs.get(ANEW) and not is_down):
        return None
    kept = cache.get(_place(question, key))
    try:
        told = json.loads(kept or "{}")
        if told.pop("v", None) != VERSION:
            return None
        found = Remembered(**told | {"created_at": datetime.fromisoformat(told["created_at"])})
    except (KeyError, TypeError, ValueError):
        return None
    age = now - found.created_at
    return found if timedelta() <= age < (OLDEST if is_down else FRESH) else None


def remember(question: Question, key: str, found: Remembered) -> None:
    """Keep an answer for an hour."""
    told = asdict(found) | {"v": VERSION, "created_at": found.created_at.isoformat()}
    seconds = int(OLDEST.total_seconds())
    cache.set(_place(question, key), json.dumps(told, ensure_ascii=False), seconds)


def forget(question: Question) -> None:
    """What a person deletes is not remembered either."""
    if question.memory_key:
        cache.delete(_place(question, question.memory_key))


@contextmanager
def one_at_a_time(
    question: Question, key: str, is_wanted: Callable[[], bool]
) -> Iterator[Remembered | None]:
    """The remembered answer, or None for the one who is to ask; others of that key wait for it.

    Nobody waits for longer than FLIGHT_SECONDS, nor when nobody wants the answer any more.
    """
    if not key:
        yield None
        return
    place, own = f"{_place(question, key)}:flight", uuid.uuid4().hex
    until = time.monotonic() + FLIGHT_SECONDS
    found = recall(question, key, now=timezone.now())
    while found is None and not cache.add(place, own, FLIGHT_SECONDS):
        if time.monotonic() > until or not is_wanted():
            break
        time.sleep(LOOKS_EVERY)
        found = recall(question, key, now=timezone.now())
    # Who had it may have finished between the last look and the lock.
    found = found or recall(question, key, now=timezone.now())
    try:
        yield found
    finally:
        if cache.get(place) == own:
            cache.delete(place)


def count(*, is_recalled: bool) -> None:
    """Count an answer of today for staff: asked, or remembered; without content."""
    day, _ = RecallDay.objects.get_or_create(
        workspace=tenancy.current_workspace(), day=timezone.now().astimezone(UTC).date()
    )
    RecallDay.objects.filter(pk=day.pk).update(
        answers=F("answers") + 1, recalled=F("recalled") + int(is_recalled)
    )


def _fingerprint(question: Question, asked: str, membership: Membership) -> Any:
    """The figures that the answer would rest on, as they are now, and the words beside them."""
    post = question.post
    title = post.title if post is not None else ""
    figures: list[Figure] = []
    if asked == "explain" and post is not None:
        figures = post_figures(post)
    elif asked in {"", "performance"}:  # the model may look up any period
        figures = [one for days in PERIODS for one in account_figures(membership, days)]
        figures += post_figures(post) if post is not None else []
    return [title, [{**row, "label": ""} for row in as_data(figures)]]


def _normalised(inputs: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in inputs.items() if name != ANEW}
    if "text" in told:
        told["text"] = " ".join(plain(str(told["text"])).split())
    if "platforms" in told:
        told["platforms"] = sorted(told["platforms"])
    return told


def _prompt(asked: str, language: str) -> str:
    """What the model is told, as a digest: a changed prompt is another question."""
    tasks = (
        [OPERATIONS[asked]]
        if asked
        else [one for one in OPERATIONS.values() if not one.reads_message]
    )
    schemas = [one.schema.model_json_schema() for one in tasks]
    return _digest([RULES, SORTER, [one.task(Wish(language=language)) for one in tasks], schemas])


def _digest(value: Any) -> str:
    """SHA-256 over canonical JSON, whole."""
    told = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _place(question: Question, key: str) -> str:
    return f"ai:knowledge:{tenancy.current_schema()}:{question.user_id}:{key}"
