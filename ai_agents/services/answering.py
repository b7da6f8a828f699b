"""The answer to a question: looked up, redacted, asked, checked, restored. Runs in the llm queue.

The order of the checks is the safety of it: canary, links, numbers, harshness, and only then the
originals of the placeholders come back.
"""

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts import gates, live, tenancy
from accounts.models import Membership, User
from ai_agents import coordinator, review
from ai_agents.agents import OPERATIONS, messaging
from ai_agents.agents.base import Operation, Passage, Wish, instructions
from ai_agents.cleaning import fence, fenced, harmless, leaks, plain
from ai_agents.models import Question
from ai_agents.numbers import Figure, is_known, refs_of, stated, verified
from ai_agents.providers.asking import Cancelled, NotAnswered, ask
from ai_agents.providers.chain import Call
from ai_agents.queries.figures import account_figures, as_data, post_figures, sales_figures
from ai_agents.queries.questions import names_to_hide
from ai_agents.queries.recommendations import finding_figures
from ai_agents.redaction import Redactor
from ai_agents.services import knowledge, ledger

logger = logging.getLogger(__name__)

State = Question.State
Problem = Question.Problem
DAYS = 28  # that a general question about figures begins with
NUMBERS = ("price", "buyers", "visitors", "growth")


def answer_question(question_id: int) -> None:
    """Answer one question, at most once: a second run after a crash gives up instead of paying."""
    question = (
        Question.objects.select_related("reservation", "post__account")
        .filter(pk=question_id)
        .first()
    )
    if question is None or question.is_finished:
        return
    if question.state == State.RUNNING:
        _fail(question, Problem.INTERRUPTED)
        return
    if not Question.objects.filter(pk=question.pk, state=State.QUEUED).update(state=State.RUNNING):
        return
    live.poke("answers")
    member = asker(question.user_id)
    if member is None:
        _fail(question, Problem.GONE)
        return
    user, membership = member
    try:
        with translation.override(question.language), timezone.override(user.timezone):
            _Turn(question, membership).run()
    except NotAnswered as no:
        _fail(question, no.problem, resets_at=no.resets_at)
    except Cancelled:
        logger.info("question %s was cancelled", question.pk)
    except Exception:
        _fail(question, Problem.INVALID)
        raise


def asker(user_id: int) -> tuple[User, Membership] | None:
    """Who asked, if they still belong here: what they may see is decided now, not when asked."""
    with tenancy.public():
        user = User.objects.filter(pk=user_id, is_active=True).first()
    membership = gates.membership_of(user_id, tenancy.current_workspace())
    return None if user is None or membership is None else (user, membership)


class _Turn:
    """One answer on its way."""

    def __init__(self, question: Question, membership: Membership) -> None:
        self.question = question
        self.membership = membership
        self.call = Call(question.reservation, settings.AI_ANSWER_SECONDS)
        self.redactor = Redactor(names_to_hide(membership))
        self.mark = fence()
        self.canary = secrets.token_hex(12)
        self.figures: list[Figure] = []
        self.key = ""  # where the answer is remembered
        inputs = question.inputs
        self.text = plain(str(inputs.get("text", "")))
        self.wish = Wish(
            language=question.language,
            platforms=tuple(inputs.get("platforms", ())),
            tone=str(inputs.get("tone") or "warm"),
            intent=str(inputs.get("intent") or "calm"),
            numbers={name: Decimal(inputs[name]) for name in NUMBERS if inputs.get(name)},
        )

    def run(self) -> None:
        """Remember, or ask, check and store. Raises NotAnswered or Cancelled."""
        question, asked = self.question, self.question.operation
        self.key = knowledge.key_of(question, asked, self.membership)
        with knowledge.one_at_a_time(question, self.key, self._is_wanted) as known:
            if known is not None:
                self._show(known)
                return
            try:
                self._ask(asked)
            except NotAnswered as no:
                is_down = no.problem in knowledge.DOWN
                now = timezone.now()
                older = knowledge.recall(question, self.key, now=now, is_down=True)
                if not is_down or older is None:
                    raise
                self._show(older)

    def _ask(self, asked: str) -> None:
        operation = self._operation()
        parts = self._parts(operation)
        answer = ask(
            self.call,
            instructions=instructions(operation, self.wish, self.canary),
            prompt="\n\n".join(parts),
            schema=operation.schema,
            is_wanted=self._is_wanted,
            complain=self._complaint(operation),
            look_up=self._look_up if operation.looks_up else None,
        )
        if leaks(answer.model_dump_json(), self.canary) or self.mark in answer.model_dump_json():
            logger.error("the answer to question %s held its instructions", self.question.pk)
            raise NotAnswered(Problem.LEAKED)
        passages, dropped = self._checked(operation, list(operation.pages(answer, self.wish)))
        if not passages:
            raise NotAnswered(Problem.UNVERIFIED)
        rows = self._keep(passages, dropped)
        shown = [(row["text"], row["tags"]) for row in rows]
        is_whole = not dropped and shown == [(one.text, one.tags) for one in passages]
        if self.key and rows and is_whole and not operation.reads_message:
            self._remember(asked, operation, rows)

    def _operation(self) -> Operation:
        name = self.question.operation
        if not name:
            found = ask(
                self.call,
                instructions=coordinator.SORTER,
                prompt=fenced(self.redactor.hide(self.text, is_own=True), self.mark),
                schema=coordinator.Route,
                is_wanted=self._is_wanted,
            )
            name = found.operation
            agent = OPERATIONS[name].agent
            Question.objects.filter(pk=self.question.pk).update(operation=name, agent=agent)
        return OPERATIONS[name]

    def _parts(self, operation: Operation) -> list[str]:
        """What the model is given, in parts: description or own words, figures, titles."""
        parts = []
        if operation.reads_message:
            parts.append(messaging.described(self._gist()))
        elif self.text:
            self.figures += stated(self.text)
            own = self.redactor.hide(self.text, is_own=True)
            parts.append(f"The person's own words:\n{fenced(own, self.mark)}")
        looked_up = self._looked_up(operation)
        self.figures += looked_up
        if looked_up:
            rows = [
                {name: row[name] for name in ("ref", "label", "value", "unit", "moment")}
                for row in as_data(looked_up)
            ]
            parts.append(f"Figures:\n{json.dumps(rows, ensure_ascii=False)}")
        if self.question.post is not None:
            title = self.redactor.hide(plain(self.question.post.title, 500), is_own=False)
            parts.append(f"Title of the video, data from outside:\n{fenced(title, self.mark)}")
        return parts or ["Nothing more was said."]

    def _gist(self) -> messaging.Gist:
        """The quarantined reading of another person's message: no tool, no figure, no own word."""
        self.call.has_comments = True
        message = self.redactor.hide(self.text, is_own=False)
        gist = ask(
            self.call,
            instructions=messaging.READER,
            prompt=fenced(message, self.mark),
            schema=messaging.Gist,
            is_wanted=self._is_wanted,
        )
        self.call.has_comments = False  # from here on there is no word of it
        return gist

    def _looked_up(self, operation: Operation) -> list[Figure]:
        if operation.name == "explain" and self.question.post is not None:
            return post_figures(self.question.post)
        if operation.name == "performance":
            return account_figures(self.membership, DAYS)
        if operation.name == "phrase":
            code = str(self.question.inputs.get("recommendation", ""))
            return finding_figures(self.membership, code)
        return sales_figures(self.wish.numbers) if operation.name == "sales" else []

    def _look_up(self, days: int) -> list[dict[str, Any]]:
        """The model's one tool: workspace and person are ours, only the period is its choice."""
        found = account_figures(self.membership, days)
        self.figures += found
        return as_data(found)

    def _complaint(self, operation: Operation) -> Callable[[Any], str] | None:
        complain = operation.complain
        return None if complain is None else lambda answer: complain(answer, self.wish)

    def _checked(self, operation: Operation, passages: list[Passage]) -> tuple[list[Passage], int]:
        """The passages without links, markup, unknown numbers and harsh drafts; how much went."""
        kept, dropped = [], 0
        for passage in passages:
            text, links = harmless(passage.text)
            text, lies = verified(text, self.figures)
            tags = [tag for tag in passage.tags.split() if is_known(tag, self.figures)]
            dropped += links + lies + len(passage.tags.split()) - len(tags)
            if text:
                refs = tuple(refs_of(passage.refs, self.figures))
                kept.append(replace(passage, text=text, tags=" ".join(tags), refs=refs))
        if operation.is_reviewed and kept:
            try:
                verdicts = review.gentle([passage.text for passage in kept])
            except review.NoJudge as error:
                raise NotAnswered(Problem.UNREVIEWED) from error
            dropped += verdicts.count(False)
            kept = [one for one, is_gentle in zip(kept, verdicts, strict=True) if is_gentle]
        return kept, dropped

    def _keep(self, passages: list[Passage], dropped: int) -> list[dict[str, Any]]:
        """Store the answer; returns its rows, none when it had been cancelled meanwhile."""
        rows = [
            {
                "title": passage.title,
                "text": self.redactor.restore(passage.text),
                "tags": self.redactor.restore(passage.tags),
                "refs": list(passage.refs),
            }
            for passage in passages
        ]
        looked_up = {figure.ref: figure for figure in self.figures if figure.ref != "stated"}
        with transaction.atomic():
            used = self.question.reservation.usage.order_by("-attempt")
            last = used.first()
            is_ours = Question.objects.move(
                self.question.pk,
                State.DONE,
                answer=rows,
                figures=as_data(looked_up.values()),
                dropped=dropped,
                provider=last.deployment if last else "",
                model=last.model if last else "",
                cost=sum((one.cost for one in used), Decimal(0)),
                finished_at=timezone.now(),
            )
            if is_ours:
                ledger.settle(self.question.reservation, answered=True)
                live.poke("answers")
        return rows if is_ours else []

    def _remember(self, asked: str, operation: Operation, rows: list[dict[str, Any]]) -> None:
        """Keep the answer for the next one who asks the same, unless its figures have moved."""
        question = self.question
        knowledge.count(is_recalled=False)
        if knowledge.key_of(question, asked, self.membership) != self.key:
            return
        question.refresh_from_db(fields=["figures", "provider", "model", "finished_at"])
        found = knowledge.Remembered(
            created_at=question.finished_at or timezone.now(),
            operation=operation.name,
            agent=operation.agent,
            provider=question.provider,
            model=question.model,
            answer=rows,
            figures=question.figures,
        )
        knowledge.remember(question, self.key, found)
        Question.objects.filter(pk=question.pk).update(memory_key=self.key)

    def _show(self, known: knowledge.Remembered) -> None:
        """Answer from memory: the request is given back, and the answer says of when it is."""
        with transaction.atomic():
            used = self.question.reservation.usage.all()
            is_ours = Question.objects.move(
                self.question.pk,
                State.DONE,
                **known.fields(self.key),
                cost=sum((one.cost for one in used), Decimal(0)),
                finished_at=timezone.now(),
            )
            if is_ours:
                ledger.settle(self.question.reservation, answered=False)
                knowledge.count(is_recalled=True)
                live.poke("answers")

    def _is_wanted(self) -> bool:
        return Question.objects.filter(pk=self.question.pk, state=State.RUNNING).exists()


def _fail(question: Question, problem: str, **changes: Any) -> None:
    """No answer: say why, give the request back."""
    with transaction.atomic():
        cost = sum((one.cost for one in question.reservation.usage.all()), Decimal(0))
        if Question.objects.move(
            question.pk,
            State.FAILED,
            problem=problem,
            cost=cost,
            finished_at=timezone.now(),
            **changes,
        ):
            ledger.settle(question.reservation, answered=False)
            live.poke("answers")
