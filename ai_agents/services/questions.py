"""Asking, cancelling and forgetting. Answering is a job: see answering."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, live, outbox, tenancy
from accounts.models import Membership, User
from ai_agents.models import Question
from ai_agents.models.ledger import Agent
from ai_agents.services import knowledge, ledger
from integrations.models import Post

State = Question.State

JOB = "ai_agents.answer_question"


@transaction.atomic
def ask_question(
    *,
    user: User,
    key: UUID,
    operation: str,
    agent: str,
    language: str,
    inputs: dict[str, Any],
    post: Post | None = None,
    membership: Membership | None = None,
) -> Question:
    """Reserve, keep the question and promise its answer. The same `key` gives the same question.

    Where a limit is reached and the `membership` is given, an answer that is remembered is given
    again: it costs nothing. Raises ledger.Refused, ledger.Stopped, or ledger.KeyReused when `key`
    came with other words.
    """
    told = json.dumps([operation, language, inputs, post.pk if post else None], sort_keys=True)
    wanted: dict[str, Any] = {
        "user": user,
        "agent": agent or Agent.ROUTER,
        "operation": operation or "route",
        "key": str(key),
        "request_hash": hashlib.sha256(told.encode()).hexdigest(),
    }
    try:
        reservation, is_new = ledger.reserve(**wanted)
    except ledger.Refused:
        asked = Question(
            user_id=user.pk, operation=operation, language=language, inputs=inputs, post=post
        )
        if membership is None or not _is_remembered(asked, user, membership):
            raise
        asked.reservation = ledger.note_unpaid(**wanted)
        asked.save()
        knowledge.count(is_recalled=True)
        return asked
    if not is_new:
        found = Question.objects.filter(reservation=reservation).first()
        if found is None:  # asked, then deleted
            raise ledger.KeyReused
        return found
    question = Question.objects.create(
        user_id=user.pk,
        agent=agent or Agent.ROUTER,
        operation=operation,
        language=language,
        inputs=inputs,
        post=post,
        reservation=reservation,
    )
    outbox.enqueue(JOB, key=str(question.code), question=question.pk)
    return question


def _is_remembered(question: Question, user: User, membership: Membership) -> bool:
    """Answer an unsaved question from memory, if it is there: nobody can be asked."""
    with timezone.override(user.timezone):  # moments are part of the figures
        key = knowledge.key_of(question, question.operation, membership)
    now = timezone.now()
    known = knowledge.recall(question, key, now=now, is_down=True)
    if known is None:
        return False
    for name, value in known.fields(key).items():
        setattr(question, name, value)
    question.state, question.cost, question.finished_at = State.DONE, Decimal(0), now
    return True


@transaction.atomic
def cancel_question(*, question: Question) -> bool:
    """Want no answer any more; the request is given back. False when it had come already."""
    now = timezone.now()
    if not Question.objects.move(question.pk, State.CANCELLED, finished_at=now):
        return False
    ledger.settle(question.reservation, answered=False)
    live.poke("answers")
    return True


@transaction.atomic
def delete_question(*, question: Question, actor: User) -> None:
    """Forget what was asked and answered. Its cost stays in the ledger, without words."""
    cancel_question(question=question)
    knowledge.forget(question)
    audit.record("ai_agents.question.deleted", actor=actor, target=str(question.code))
    question.delete()


def forget_old() -> int:
    """Delete what is older than settings.AI_ANSWER_DAYS, in every workspace. For public code."""
    limit = timezone.now() - timedelta(days=settings.AI_ANSWER_DAYS)
    gone = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace):
            gone += Question.objects.filter(created_at__lt=limit).delete()[0]
    return gone
