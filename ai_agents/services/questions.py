"""Asking, cancelling and forgetting. Answering is a job: see answering."""

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, live, outbox, tenancy
from accounts.models import User, Workspace
from ai_agents.models import Question
from ai_agents.models.ledger import Agent
from ai_agents.services import ledger
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
) -> Question:
    """Reserve, keep the question and promise its answer. The same `key` gives the same question.

    Raises ledger.Refused, ledger.Stopped, or ledger.KeyReused when `key` came with other words.
    """
    told = json.dumps([operation, language, inputs, post.pk if post else None], sort_keys=True)
    reservation, is_new = ledger.reserve(
        user=user,
        agent=agent or Agent.ROUTER,
        operation=operation or "route",
        key=str(key),
        request_hash=hashlib.sha256(told.encode()).hexdigest(),
    )
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
    audit.record("ai_agents.question.deleted", actor=actor, target=str(question.code))
    question.delete()


def forget_old() -> int:
    """Delete what is older than settings.AI_ANSWER_DAYS, in every workspace. For public code."""
    limit = timezone.now() - timedelta(days=settings.AI_ANSWER_DAYS)
    gone = 0
    with tenancy.public():
        workspaces = list(Workspace.objects.filter(is_open=True))
    for workspace in workspaces:
        with tenancy.enter(workspace):
            gone += Question.objects.filter(created_at__lt=limit).delete()[0]
    return gone
