"""What a person decides about one comment: on the platform, or here alone."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, live
from accounts.models import User
from harassment.models import Case, CaseEvent, Evidence, Incident
from harassment.queries.standing import stamp
from harassment.services.evidence import Capture, seal
from harassment.services.roster import mark_authors
from integrations.models import Comment, ModerationAction
from integrations.services import moderation

Verb = ModerationAction.Verb
State = ModerationAction.State
# After one of these the comment no longer waits for a person, unless the platform fails.
DECIDING = (Verb.HIDE, Verb.REJECT, Verb.PUBLISH, Verb.BAN)


class DecisionError(Exception):
    """The decision was not taken; the message is for the person."""


class NotPossibleHere(DecisionError):
    """Aura cannot do it here, so a person has to do it on the platform itself."""


class StaleDecision(DecisionError):
    """The comment is not as it was on the person's page."""


@transaction.atomic
def act_on_comment(
    *,
    comment: Comment,
    verb: str,
    actor: User,
    reply_text: str = "",
    seen: str = "",
    wait_s: float = 0,
) -> ModerationAction:
    """Ask the platform to hide, publish or answer a comment.

    True afterwards: the comment as it stood is sealed in evidence, earlier in this same
    transaction; the action is requested; after hiding or publishing, its incident waits for
    nobody. `seen` is the stamp of the page that asked. For `wait_s` seconds it does not leave, so
    that `undo_action` takes it back without a trace on the platform. Raises StaleDecision when
    something has changed since, NotPossibleHere when Aura cannot do it there, DecisionError when it
    cannot be asked for now. Pokes "inbox" and "case".
    """
    comment, incident = _hold(comment, seen)
    seal(
        captures=[
            Capture(comment, incident.case if incident else None, Evidence.Reason.ACTION, verb)
        ]
    )
    try:
        action = moderation.request_action(
            comment=comment, verb=verb, actor=actor, reply_text=reply_text, wait_s=wait_s
        )
    except moderation.NotPossibleHere as error:
        raise NotPossibleHere(str(error)) from error
    except moderation.ModerationError as error:
        raise DecisionError(str(error)) from error
    if incident:
        if verb in DECIDING and incident.state == Incident.State.OPEN:
            incident.decide(Incident.State.ACTED, actor)
        _begin(incident.case)
        _event(incident, action, actor)
    _tell()
    return action


@transaction.atomic
def undo_action(*, action: ModerationAction, actor: User) -> ModerationAction:
    """Take an action back, here if it has not left yet, else by asking the platform.

    True afterwards: the comment needs a person again. Returns the action that was withdrawn or
    the new one that undoes it. Raises DecisionError when it cannot be undone. Pokes "inbox" and
    "case".
    """
    _comment, incident = _hold(action.comment, "")
    if moderation.withdraw_action(action=action, actor=actor):
        if incident:
            _settle(incident, action)
            _event(incident, action, actor)
        _tell()
        return action
    try:
        undoing = moderation.undo_action(action=action, actor=actor)
    except moderation.ModerationError as error:
        raise DecisionError(str(error)) from error
    if incident:
        if incident.state == Incident.State.ACTED:
            incident.open_again()
        _event(incident, undoing, actor)
    _tell()
    return undoing


@transaction.atomic
def settle_action(*, action_id: int) -> None:
    """Write what became of an action into its case, once.

    True afterwards: the timeline says how it ended. An action that did not happen leaves the
    comment waiting for a person again; an undoing that did not happen leaves it decided. Pokes
    "inbox" and "case".
    """
    action = ModerationAction.objects.select_related("comment").filter(pk=action_id).first()
    if action is None or action.state in ModerationAction.UNFINISHED:
        return
    _tell()
    incident = (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related("case")
        .filter(comment=action.comment)
        .first()
    )
    if incident is None:
        return
    known = CaseEvent.objects.filter(
        case=incident.case,
        kind=CaseEvent.Kind.ACTION,
        data__action=str(action.code),
        data__state=action.state,
    )
    if known.exists():
        return
    _event(incident, action, None)
    if action.state != State.CONFIRMED:
        _settle(incident, action)


def _settle(incident: Incident, action: ModerationAction) -> None:
    """What did not happen decides nothing: the incident stands as it did before."""
    if action.verb not in DECIDING:
        return
    if action.undoes_id is None and incident.state == Incident.State.ACTED:
        incident.open_again()
    elif action.undoes_id is not None and incident.state == Incident.State.OPEN:
        incident.state = Incident.State.ACTED
        incident.save(update_fields=["state"])


@transaction.atomic
def dismiss_comment(*, comment: Comment, actor: User, seen: str = "") -> Incident:
    """Say that it is no abuse. The platform is not told; reversible by `reopen_comment`."""
    return _decide(comment, actor, seen, Incident.State.DISMISSED, "dismissed")


@transaction.atomic
def resolve_comment(*, comment: Comment, actor: User, seen: str = "") -> Incident:
    """Say that it is dealt with, by hand or by leaving it: reversible by `reopen_comment`."""
    return _decide(comment, actor, seen, Incident.State.ACTED, "resolved")


@transaction.atomic
def reopen_comment(*, comment: Comment, actor: User) -> Incident:
    """Let a decided comment wait for a person again. Raises DecisionError without an incident."""
    comment, incident = _hold(comment, "")
    if incident is None:
        raise DecisionError(_("This comment was not flagged, so there is nothing to reopen."))
    if incident.state != Incident.State.OPEN:
        incident.open_again()
        _decided_event(incident, actor, "reopened")
        audit.record("harassment.comment.reopened", actor=actor, target=str(comment.code))
        mark_authors(comments=[comment.pk])
        _tell()
    return incident


def _decide(comment: Comment, actor: User, seen: str, state: str, word: str) -> Incident:
    comment, incident = _hold(comment, seen)
    if incident is None:
        raise DecisionError(_("This comment was not flagged, so there is nothing to decide."))
    if incident.state == state:
        return incident
    incident.decide(state, actor)
    _begin(incident.case)
    _decided_event(incident, actor, word)
    audit.record(f"harassment.comment.{word}", actor=actor, target=str(comment.code))
    mark_authors(comments=[comment.pk])
    _tell()
    return incident


def _hold(comment: Comment, seen: str) -> tuple[Comment, Incident | None]:
    """The comment and its incident, locked, when they are as the person's page showed them."""
    held = (
        Comment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account", "post")
        .get(pk=comment.pk)
    )
    incident = Incident.objects.select_related("case").filter(comment=held).first()
    latest = ModerationAction.objects.filter(comment=held).order_by("-requested_at", "-pk").first()
    if seen and seen != stamp(
        incident.state if incident else "", latest.code if latest else None, held.text_hash
    ):
        raise StaleDecision(_who_was_faster(incident, latest))
    return held, incident


def _who_was_faster(incident: Incident | None, latest: ModerationAction | None) -> str:
    moment = incident.decided_at if incident else None
    if latest and (moment is None or latest.requested_at >= moment):
        return _("%(who)s was faster: look at what is there now.") % {"who": latest.actor_label}
    if incident and incident.decided_by_label:
        return _("%(who)s was faster: look at what is there now.") % {
            "who": incident.decided_by_label
        }
    return _("This comment has changed since you opened it. Look again, then decide.")


def _begin(case: Case) -> None:
    """The first act of a person turns a new case into one that is being worked on."""
    Case.objects.filter(pk=case.pk, status=Case.Status.NEW).update(status=Case.Status.INVESTIGATING)


def _event(incident: Incident, action: ModerationAction, actor: User | None) -> None:
    CaseEvent.objects.create(
        case=incident.case,
        kind=CaseEvent.Kind.ACTION,
        actor_id=actor.pk if actor else None,
        actor_label=actor.label[:80] if actor else "",
        data={
            "action": str(action.code),
            "comment": str(incident.comment.code),
            "verb": action.verb,
            "state": action.state,
            "is_undo": action.undoes_id is not None,
        },
    )


def _decided_event(incident: Incident, actor: User, word: str) -> None:
    CaseEvent.objects.create(
        case=incident.case,
        kind=CaseEvent.Kind.DECIDED,
        actor_id=actor.pk,
        actor_label=actor.label[:80],
        data={"comment": str(incident.comment.code), "word": word},
    )


def _tell() -> None:
    live.poke("inbox")
    live.poke("case")
