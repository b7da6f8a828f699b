"""Raising the shield, what it keeps quiet while it is up, and putting everything back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live, outbox
from accounts.models import User
from harassment.models import (
    INCIDENT_FROM,
    Alert,
    CaseEvent,
    Evidence,
    Incident,
    Severity,
    Shield,
    ShieldHold,
)
from harassment.queries.shields import active_shields, can_restore
from harassment.services.evidence import Capture, seal
from harassment.services.triage import Judged
from integrations.models import Comment, ModerationAction, SocialAccount
from integrations.services import moderation

State = ModerationAction.State
RETRY_SECONDS = 20  # until the platform has answered what the shield asked before


class ShieldError(Exception):
    """The shield was not raised; the message is for the person."""


@transaction.atomic
def raise_shield(
    *,
    accounts: Sequence[SocialAccount],
    hours: int,
    actor: User,
    origin: str,
    is_hiding: bool = False,
) -> list[Shield]:
    """Put a shield up for each account, for so many hours.

    Where one is up already it stays the same one and lasts at least as long as now asked, so a
    second tap or another person changes nothing else. Nothing but the shield's own rows is
    written: comments, scores, cases and the platform stay as they are. Pokes "inbox". Raises
    ShieldError without an account.
    """
    if not accounts:
        raise ShieldError(_("There is no connected account to shield."))
    now = timezone.now()
    until = now + timedelta(hours=hours)
    # One at a time for an account, whoever taps: the rows are locked in one order.
    held = SocialAccount.objects.select_for_update(no_key=True).filter(
        pk__in=[account.pk for account in accounts]
    )
    shields = []
    for account in held.order_by("pk"):
        shield = Shield.objects.filter(account=account, ended_at=None).first()
        if shield and not shield.is_up:
            _end(shield)  # its job is late
            shield = None
        if shield is None:
            shield = Shield(
                account=account,
                origin=origin,
                started_at=now,
                ends_at=until,
                raised_by_id=actor.pk,
                raised_by_label=actor.label[:80],
            )
            audit.record(
                "harassment.shield.raised",
                actor=actor,
                target=str(shield.code),
                data={"account": str(account.code), "hours": hours, "origin": origin},
            )
        shield.ends_at = max(shield.ends_at, until)
        shield.is_hiding = shield.is_hiding or (is_hiding and can_restore(account))
        shield.save()
        _promise_end(shield)
        shields.append(shield)
    live.poke("inbox")
    return shields


@transaction.atomic
def extend_shields(*, shields: Sequence[Shield], hours: int, actor: User) -> None:
    """Let them last longer, at most settings.SHIELD_HOURS_MOST from now. Pokes "inbox"."""
    latest = timezone.now() + timedelta(hours=settings.SHIELD_HOURS_MOST)
    for shield in _lock(shields):
        if not shield.is_up:
            continue
        shield.ends_at = max(shield.ends_at, min(shield.ends_at + timedelta(hours=hours), latest))
        shield.save(update_fields=["ends_at"])
        _promise_end(shield)
        audit.record(
            "harassment.shield.extended",
            actor=actor,
            target=str(shield.code),
            data={"until": shield.ends_at.isoformat()},
        )
    live.poke("inbox")


@transaction.atomic
def stop_shields(*, shields: Sequence[Shield], actor: User) -> None:
    """Take them down now. Everything is as it was before; pokes "inbox", and "alerts" to tell."""
    for shield in _lock(shields):
        if shield.ended_at is None:
            _end(shield, actor)


@transaction.atomic
def end_shield(*, shield_id: int) -> None:
    """Close the row of a shield whose time is over. Before that, or twice: nothing happens."""
    for shield in _lock(list(Shield.objects.filter(pk=shield_id))):
        if shield.ended_at is None and not shield.is_up:
            _end(shield)


def hold_newcomers(*, judged: Sequence[Judged]) -> None:
    """Keep quiet what arrives under a shield: first comments of a person, and doubtful ones.

    Runs inside the transaction that wrote their scores. Old comments, judged again or read late,
    are left alone. Running it again changes nothing.
    """
    shields = active_shields({one.comment.account_id for one in judged})
    asked = [
        one
        for one in judged
        if (shield := shields.get(one.comment.account_id))
        and one.comment.published_at >= shield.started_at
    ]
    if not asked:
        return
    regulars = _regulars([one.comment for one in asked], shields)
    held = {}
    for one in asked:
        key = (one.comment.account_id, one.comment.author_external_id)
        if key not in regulars:
            held[one.comment.pk] = (one.comment, ShieldHold.Reason.NEWCOMER)
        elif Severity.LOW <= one.severity < INCIDENT_FROM:
            held[one.comment.pk] = (one.comment, ShieldHold.Reason.DOUBT)
    known = set(ShieldHold.objects.filter(comment_id__in=held).values_list("comment_id", flat=True))
    fresh = [
        ShieldHold(shield=shields[comment.account_id], comment=comment, reason=reason)
        for pk, (comment, reason) in held.items()
        if pk not in known
    ]
    ShieldHold.objects.bulk_create(fresh)
    _promise_hiding({hold.shield for hold in fresh if hold.shield.is_hiding})


@transaction.atomic
def release_hold(*, comment: Comment, actor: User) -> bool:
    """Let one comment through although the shield is up; whether it was held. Pokes "inbox"."""
    hold = (
        ShieldHold.objects.select_for_update(of=("self",))
        .active()
        .filter(comment=comment)
        .select_related("shield")
        .first()
    )
    if hold is None:
        return False
    hold.released_at, hold.released_by_label = timezone.now(), actor.label[:80]
    hold.save(update_fields=["released_at", "released_by_label"])
    if hold.action_id:
        _promise_restoring(hold.shield)
    audit.record("harassment.shield.released", actor=actor, target=str(comment.code))
    live.poke("inbox")
    return True


def hide_held(*, shield_id: int) -> None:
    """Ask the platform to hide what the shield holds, as its person chose; evidence comes first.

    Only what is public, where the platform can show it again, and at most
    settings.SHIELD_HIDES_MOST. Each in a transaction of its own; running it again goes on.
    """
    shield = Shield.objects.select_related("account").filter(pk=shield_id).first()
    actor = User.objects.filter(pk=shield.raised_by_id).first() if shield else None
    if shield is None or actor is None or not shield.is_up or not can_restore(shield.account):
        return
    left = settings.SHIELD_HIDES_MOST - shield.holds.exclude(action=None).count()
    waiting = shield.holds.active().filter(
        action=None, comment__visibility=Comment.Visibility.PUBLIC
    )
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[: max(left, 0)]):
        with transaction.atomic():
            _hide(pk, actor)


def restore_held(*, shield_id: int) -> None:
    """Show again what the shield hid, except where a person decided something meanwhile.

    Every comment is settled once, in a transaction of its own, so a kill half-way costs nothing.
    Raises outbox.Defer while the platform has not answered the hiding itself.
    """
    shield = Shield.objects.filter(pk=shield_id).first()
    if shield is None:
        return
    hidden = ShieldHold.objects.filter(shield=shield, restored_at=None).exclude(action=None)
    if shield.is_up:
        hidden = hidden.exclude(released_at=None)
    is_waiting = False
    for pk in list(hidden.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            is_waiting |= not _restore(pk, shield)
    if is_waiting:
        raise outbox.Defer("the platform has not answered yet", RETRY_SECONDS)


def _hide(hold_id: int, actor: User) -> None:
    hold = (
        ShieldHold.objects.select_for_update(of=("self",))
        .select_related("comment__account", "comment__post")
        .get(pk=hold_id)
    )
    if hold.action_id or hold.released_at:
        return
    incident = Incident.objects.select_related("case").filter(comment=hold.comment).first()
    case = incident.case if incident else None
    try:
        with transaction.atomic():
            seal(captures=[Capture(hold.comment, case, Evidence.Reason.ACTION, "hide")])
            action = moderation.request_action(comment=hold.comment, verb="hide", actor=actor)
    except moderation.ModerationError:
        return  # the page says what is still public; nothing is to be put back
    hold.action = action
    hold.save(update_fields=["action"])
    if case:
        CaseEvent.objects.create(
            case=case,
            kind=CaseEvent.Kind.ACTION,
            actor_id=actor.pk,
            actor_label=actor.label[:80],
            data={
                "action": str(action.code),
                "comment": str(hold.comment.code),
                "verb": action.verb,
                "state": action.state,
                "is_undo": False,
            },
        )


def _restore(hold_id: int, shield: Shield) -> bool:
    """Settle one hidden comment; False while the platform still has to answer."""
    hold = (
        ShieldHold.objects.select_for_update(of=("self",))
        .select_related("action__comment__account", "comment")
        .get(pk=hold_id)
    )
    action = hold.action
    if action is None or hold.restored_at:
        return True
    actor = User.objects.filter(pk=shield.raised_by_id).first()
    newest = hold.comment.actions.order_by("-requested_at", "-pk").first()
    decided = Incident.objects.filter(comment=hold.comment).exclude(state=Incident.State.OPEN)
    if actor and newest == action and not decided.exists():
        if not action.is_finished and not moderation.withdraw_action(action=action, actor=actor):
            return False
        if action.state in {State.CONFIRMED, State.UNCONFIRMED}:
            try:
                with transaction.atomic():
                    moderation.undo_action(action=action, actor=actor)
            except moderation.ModerationError as error:
                audit.record(
                    "harassment.shield.not-restored",
                    target=str(hold.comment.code),
                    data={"reason": str(error)[:200]},
                )
    hold.restored_at = timezone.now()
    hold.save(update_fields=["restored_at"])
    return True


def _regulars(comments: Sequence[Comment], shields: dict[int, Shield]) -> set[tuple[int, str]]:
    """Who of their authors wrote here before the shield went up: one query."""
    first = (
        Comment.objects.filter(
            account_id__in=shields,
            author_external_id__in={comment.author_external_id for comment in comments},
        )
        .order_by()
        .values_list("account_id", "author_external_id")
        .annotate(at=Min("published_at"))
    )
    return {
        (account_id, author)
        for account_id, author, at in first
        if at < shields[account_id].started_at
    }


def _lock(shields: Sequence[Shield]) -> list[Shield]:
    ids = [shield.pk for shield in shields]
    return list(Shield.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _end(shield: Shield, actor: User | None = None) -> None:
    shield.ended_at = timezone.now()
    shield.is_stopped = actor is not None
    shield.stopped_by_label = actor.label[:80] if actor else ""
    shield.save(update_fields=["ended_at", "is_stopped", "stopped_by_label"])
    gravest = Alert.objects.filter(shield=shield).order_by("-severity", "-created_at").first()
    if gravest:
        # One rings for all; it is as new as the end of the silence.
        Alert.objects.filter(pk=gravest.pk).update(is_digest=True, created_at=shield.ended_at)
        live.poke("alerts")
    if shield.holds.filter(restored_at=None).exclude(action=None).exists():
        _promise_restoring(shield)
    audit.record(
        "harassment.shield.stopped" if actor else "harassment.shield.ended",
        actor=actor,
        target=str(shield.code),
    )
    live.poke("inbox")


def _promise_end(shield: Shield) -> None:
    ends_at: datetime = shield.ends_at
    outbox.enqueue(
        "harassment.end_shield",
        key=f"{shield.pk}:{ends_at.isoformat()}",
        run_at=ends_at,
        shield_id=shield.pk,
    )


def _promise_restoring(shield: Shield) -> None:
    outbox.enqueue("harassment.restore_held", key=str(shield.pk), shield_id=shield.pk)


def _promise_hiding(shields: set[Shield]) -> None:
    for shield in shields:
        outbox.enqueue("harassment.hide_held", key=str(shield.pk), shield_id=shield.pk)
