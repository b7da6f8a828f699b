"""Jobs of the agents' room."""

from celery import shared_task

from accounts import outbox
from ai_agents.models import Reservation
from ai_agents.services import charges, ledger, questions, telling


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
    """Delete old questions with their answers. The beat calls this."""
    return questions.forget_old()


@outbox.job("ai_agents.tell_limit")
def tell_limit(allowance: int, percent: int) -> None:
    """Tell those who manage that a limit is nearly or wholly used."""
    telling.tell_limit(allowance_id=allowance, percent=percent)
