"""Jobs of the agents' room."""

from celery import shared_task

from accounts import outbox
from ai_agents.models import Reservation
from ai_agents.services import (
    charges,
    checking,
    coaching,
    conversations,
    documents,
    ledger,
    questions,
    recommendations,
    talks,
    telling,
)


@outbox.job("ai_agents.expire_reservation", queue="default")
def expire_reservation(reservation: str) -> None:
    """Give back what an asker that never came back had reserved."""
    found = Reservation.objects.filter(pk=reservation).first()
    if found is not None:
        ledger.settle(found, answered=False)


@outbox.job(questions.JOB, queue="llm", atomic=False)
def answer_question(question: int) -> None:
    """Answer what a person asked."""
    # Here and not above: every process knows the job, only this queue's worker loads the providers.
    from ai_agents.services import answering  # noqa: PLC0415

    answering.answer_question(question)


@outbox.job(coaching.JOB, queue="llm", atomic=False)
def word_tip(tip: int) -> None:
    """Say a coach's tip in a model's words."""
    from ai_agents.services import wording  # noqa: PLC0415  (as above)

    wording.word_tip(tip)


@outbox.job(conversations.JOB, queue="llm", atomic=False)
def answer_message(message: int) -> None:
    """Write the answer to what a person said in the chat."""
    from ai_agents.services import talking  # noqa: PLC0415 - as above

    talking.answer_message(message)


@outbox.job(conversations.EXPIRE_JOB)
def expire_message(message: int) -> None:
    """Fail an answer whose writer died."""
    conversations.expire_message(message_id=message)


@outbox.job(talks.JOB, queue="llm", atomic=False)
def answer_visitor(turn: int) -> None:
    """Answer what a visitor wrote to a chatbot."""
    from ai_agents.services import replying  # noqa: PLC0415  (as above)

    replying.answer_visitor(turn)


@outbox.job(documents.JOB, atomic=False)
def read_document(document: int) -> None:
    """Turn a chatbot's document into passages."""
    documents.read_document(document)


@shared_task(name="ai_agents.forget_talks", public_ok=True)
def forget_talks() -> int:
    """Delete conversations that were kept long enough. The beat calls this."""
    return talks.forget_talks()


@outbox.job(checking.JOB, queue="llm", atomic=False)
def check_providers() -> None:
    """Ask every provider whether it answers, for the staff's page."""
    from ai_agents.providers import smoke  # noqa: PLC0415  (as above)

    checking.keep_check(smoke.as_json(smoke.check_providers(fresh=True)))


@outbox.job(charges.JOB)
def rebuild_charge(month: str) -> None:
    """Make the month's charge equal its usage."""
    charges.rebuild_charge(month)


@shared_task(name="ai_agents.keep_charges", public_ok=True)
def keep_charges() -> int:
    """Promise each workspace its charges. The beat calls this."""
    return charges.promise_charges()


@shared_task(name="ai_agents.forget_answers", public_ok=True)
def forget_answers() -> int:
    """Delete old questions and talks with their answers. The beat calls this."""
    return questions.forget_old() + conversations.forget_old()


@outbox.job(recommendations.JOB)
def find_recommendations() -> None:
    """Compute what the figures of the workspace suggest."""
    recommendations.find_recommendations()


@shared_task(name="ai_agents.keep_recommendations", public_ok=True)
def keep_recommendations() -> int:
    """Promise each workspace its daily look at the figures. The beat calls this."""
    return recommendations.promise_recommendations()


@outbox.job("ai_agents.tell_limit")
def tell_limit(allowance: int, percent: int) -> None:
    """Tell those who manage that a limit is nearly or wholly used."""
    telling.tell_limit(allowance_id=allowance, percent=percent)
