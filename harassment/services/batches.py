"""One press on several comments: each is asked for alone, and each has its own outcome."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from harassment.models import Incident, Severity, ToxicityScore, TriageBatch, TriageItem
from harassment.services import cases, decisions
from integrations.models import Comment, ModerationAction

AT_ONCE = 50  # comments of one press: each is a call of its own to its platform
Verb, Outcome = TriageBatch.Verb, TriageItem.Outcome


@transaction.atomic
def begin_batch(*, verb: str, actor: User) -> TriageBatch:
    """Write down that a person presses once for several comments."""
    batch = TriageBatch.objects.create(
        verb=Verb(verb), actor_id=actor.pk, actor_label=actor.label[:80]
    )
    audit.record("harassment.batch.begun", actor=actor, target=str(batch.code), data={"verb": verb})
    return batch


def triage_comments(*, comments: Sequence[Comment], verb: str, actor: User) -> TriageBatch:
    """Hide, decide or file several comments, at most AT_ONCE.

    Each is decided in a transaction of its own by the service that also decides it alone, so the
    platform's capabilities are asked and the evidence is sealed for every one; one that cannot be
    done undoes none of the others. Hiding waits `settings.UNDO_SECONDS` before it leaves.
    Raises ValueError for more comments than AT_ONCE.
    """
    if len(comments) > AT_ONCE:
        raise ValueError(f"At most {AT_ONCE} comments at once.")
    batch = begin_batch(verb=verb, actor=actor)
    for comment in comments:
        try:
            with transaction.atomic():
                action = _act(comment, batch.verb, actor)
                outcome = Outcome.ASKED if action else Outcome.DONE
                TriageItem.objects.create(
                    batch=batch, comment=comment, action=action, outcome=outcome
                )
        except decisions.DecisionError as error:
            is_by_hand = isinstance(error, decisions.NotPossibleHere)
            TriageItem.objects.create(
                batch=batch,
                comment=comment,
                outcome=Outcome.BY_HAND if is_by_hand else Outcome.SKIPPED,
                reason=str(error)[:300],
            )
    return batch


def undo_batch(*, batch: TriageBatch, actor: User) -> str:
    """Take back what of it can be taken back; the first reason why something could not, or "".

    What has not left yet never leaves; what the platform confirmed is asked for in reverse; a
    decision made here is reopened. Twice is as once. A filed comment stays in its case.
    """
    taken = TriageBatch.objects.filter(pk=batch.pk, undone_at=None)
    if not taken.update(undone_at=timezone.now()):
        return ""
    problem = ""
    items = batch.items.filter(outcome__in=[Outcome.ASKED, Outcome.DONE])
    for item in items.select_related(
        "comment__account", "comment__post", "action__comment__account", "action__comment__post"
    ):
        try:
            with transaction.atomic():
                if item.action:
                    decisions.undo_action(action=item.action, actor=actor)
                elif batch.verb != Verb.FILE:
                    decisions.reopen_comment(comment=item.comment, actor=actor)
                else:
                    continue
                item.outcome = Outcome.UNDONE
                item.save(update_fields=["outcome"])
        except decisions.DecisionError as error:
            problem = problem or str(error)
    audit.record("harassment.batch.undone", actor=actor, target=str(batch.code))
    return problem


def _act(comment: Comment, verb: str, actor: User) -> ModerationAction | None:
    if verb == Verb.HIDE:
        return decisions.act_on_comment(
            comment=comment,
            verb=ModerationAction.Verb.HIDE,
            actor=actor,
            wait_s=settings.UNDO_SECONDS,
        )
    if verb in {Verb.DISMISS, Verb.RESOLVE} and _is_decided(comment):
        raise decisions.DecisionError(_("Somebody has decided about it already."))
    if verb == Verb.DISMISS:
        decisions.dismiss_comment(comment=comment, actor=actor)
    elif verb == Verb.RESOLVE:
        decisions.resolve_comment(comment=comment, actor=actor)
    else:
        _file(comment, actor)
    return None


def _is_decided(comment: Comment) -> bool:
    """One press on many must not turn round what a person said of one."""
    return Incident.objects.filter(comment=comment).exclude(state=Incident.State.OPEN).exists()


def _file(comment: Comment, actor: User) -> None:
    """Into the open case of its author; one that is in a case already stays where it is."""
    score = ToxicityScore.objects.current().filter(comment=comment).first()
    severity = score.severity if score and score.text_hash == comment.text_hash else 0
    cases.open_case_for_comment(
        comment=comment, severity=max(severity, Severity.MEDIUM), actor=actor
    )
