"""What whoever writes to a chatbot is told when it does not answer: status, word, sentence."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ai_agents.models.questions import Question
from ai_agents.services import ledger
from ai_agents.services.talks import Busy, ForeignConversation, Paused, QuotaUsed

REFUSALS = (
    Busy,
    ForeignConversation,
    Paused,
    QuotaUsed,
    ledger.KeyReused,
    ledger.Refused,
    ledger.Stopped,
)
Problem = Question.Problem
_USED_UP = _("No more answers for now: a limit was reached.")
_AWAY = _("The assistant cannot answer now. Try again later.")
_NO_ANSWER = _("The assistant has no answer to this.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was asked; `until`: when asking again makes sense."""

    status: int
    word: str
    sentence: Promise
    until: datetime | None = None


def refusal_of(error: Exception) -> Refusal:
    """What one of REFUSALS means to whoever asked."""
    match error:
        case Busy():
            return Refusal(409, "busy", _("Wait for the answer before you write again."))
        case ledger.KeyReused():
            return Refusal(409, "idempotency", _("This was sent before with other words."))
        case ForeignConversation():
            return Refusal(403, "conversation", _("This conversation is not one of yours."))
        case QuotaUsed():
            return Refusal(429, "quota", _USED_UP, error.resets_at)
        case ledger.Refused():
            return Refusal(429, "quota", _USED_UP, error.resets_at)
        case _:
            return Refusal(503, "paused", _("This assistant is switched off for now."))


def failure_of(problem: str) -> tuple[str, Promise]:
    """The word and the sentence for a message that was not answered; nothing of our inside."""
    if problem in {Problem.FILTERED, Problem.UNVERIFIED, Problem.LEAKED, Problem.UNREVIEWED}:
        return "no_answer", _NO_ANSWER
    if problem == Problem.NO_PROVIDER:
        return "not_configured", _("The assistant is not set up yet.")
    return "unavailable", _AWAY
