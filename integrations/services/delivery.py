"""Bringing an action to its platform, and the proof back that the platform shows it."""

import time
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit, live, outbox
from integrations.models import Comment, ModerationAction, SocialAccount
from integrations.platforms import platform
from integrations.platforms.bans import BanLists, Bans
from integrations.platforms.base import (
    ActionResult,
    ErrorKind,
    PlatformError,
    UnknownOutcome,
    Visibility,
    confirms,
)
from integrations.platforms.live import TIMEOUT_SECONDS, is_live
from integrations.services import health
from integrations.services.credentials import Caller
from integrations.services.texts import storable
from integrations.signals import action_finished

Verb = ModerationAction.Verb
State = ModerationAction.State

MAX_SENDS = 6  # below settings.JOB_MAX_ATTEMPTS, so that an action always ends honestly
FIRST_LOOKS = (0.0, 0.5)  # seconds before each look of the first read-back
LATER_LOOKS = (2.0, 5.0, 15.0, 60.0)  # seconds to each later one; a look may cost 30 units

UNREACHABLE = gettext_noop("The platform could not be reached. Nothing was changed there.")
LOST_REPLY = gettext_noop(
    "Aura could not find the reply. Look on the platform before you send it again."
)

NOBODY_BANNED = gettext_noop("Aura bans nobody on this platform. Do it there.")

SENDS_OUT = frozenset({Verb.BAN, Verb.TIMEOUT, Verb.UNBAN})
ASKED: Mapping[str, Visibility] = {
    Verb.HIDE: Visibility.HELD,
    Verb.PUBLISH: Visibility.PUBLIC,
    Verb.REJECT: Visibility.REJECTED,
}


def perform_action(*, action_code: str) -> None:
    """Send a promised action; safe to run again after any crash.

    `sent_at` is written before the call, so a second run knows that the first may have been
    heard: it looks before it repeats a visibility, and never repeats a reply. Raises
    outbox.Defer for quota and rate limits, outbox.Retry when nothing reached the platform.
    """
    action = _load(action_code)
    if action is None or action.is_finished or action.accepted_at:
        return
    if action.sent_at and _settle_unknown(action):
        return
    action.state, action.sent_at = State.SENT, action.sent_at or timezone.now()
    action.tries += 1
    # Not `save`: until this moment a person may have taken it back.
    if not (
        ModerationAction.objects.unfinished()
        .filter(pk=action.pk)
        .update(state=action.state, sent_at=action.sent_at, tries=action.tries)
    ):
        return
    try:
        result = _send(action)
    except UnknownOutcome as error:
        result = ActionResult("unknown", error.message)
    except PlatformError as error:
        _not_sent(action, error)
        return
    if result.outcome == "done":
        _accepted(action, result.remote_id or "")
    elif action.tries < MAX_SENDS:
        raise outbox.Retry("The outcome is not known.", 1.0)
    else:
        _finish(action, State.UNCONFIRMED, result.detail)


def read_back(*, action_code: str) -> None:
    """Ask the platform whether an accepted action shows; confirmed, unconfirmed, or look later.

    Raises outbox.Defer until the looks are used up.
    """
    action = _load(action_code)
    if action is None or action.is_finished or not action.accepted_at:
        return
    proof: bool | None = None
    seen: Visibility | None = None
    try:
        for wait in FIRST_LOOKS if not action.checks else (0.0,):
            time.sleep(wait)
            proof, seen = _look(action)
            if proof:
                _finish(action, State.CONFIRMED, seen=_asked(action))
                return
    except PlatformError as error:
        _look_failed(action, error)
        return
    if action.checks < len(LATER_LOOKS):
        raise _count_look(action)
    # proof False: it answered, and shows something else. None: it could not be told.
    _finish(action, State.UNCONFIRMED, seen=seen if proof is False else None)


# --- sending -------------------------------------------------------------------------------------


def _load(action_code: str) -> ModerationAction | None:
    return (
        ModerationAction.objects.select_related("comment__account", "comment__post")
        .filter(code=action_code)
        .first()
    )


def _send(action: ModerationAction) -> ActionResult:
    comment = action.comment
    adapter = platform(comment.account.platform)
    call = Caller(comment.account)
    if action.verb == Verb.REPLY:
        return call(
            lambda access: adapter.reply(
                access, _thread_of(comment), action.reply_text, post_id=_post_of(comment)
            )
        )
    if action.verb in SENDS_OUT:
        return _send_out(action, call)
    asked = ASKED[Verb(action.verb)]
    return call(
        lambda access: adapter.set_visibility(
            access, [comment.external_id], asked, post_id=_post_of(comment)
        )
    )


def _send_out(action: ModerationAction, call: Caller) -> ActionResult:
    comment = action.comment
    adapter = platform(comment.account.platform)
    if not isinstance(adapter, Bans):
        raise PlatformError(ErrorKind.UNSUPPORTED, NOBODY_BANNED, detail="no bans")
    if action.verb == Verb.UNBAN:
        lifted = action.undoes.remote_id if action.undoes else ""
        return call(lambda access: adapter.unban_author(access, lifted))
    seconds = TIMEOUT_SECONDS if action.verb == Verb.TIMEOUT else None
    return call(
        lambda access: adapter.ban_author(
            access,
            comment_id=comment.external_id,
            author_id=comment.author_external_id,
            post_id=_post_of(comment),
            for_s=seconds,
        )
    )


def _asked(action: ModerationAction) -> Visibility | None:
    """The visibility that the action leads to, if any."""
    adapter = platform(action.comment.account.platform)
    if action.verb == Verb.BAN and isinstance(adapter, Bans) and adapter.ban_rejects:
        return None if is_live(action.comment.external_id) else Visibility.REJECTED
    return ASKED.get(Verb(action.verb))


def _settle_unknown(action: ModerationAction) -> bool:
    """Look whether an earlier, unanswered sending was applied; True when there is no more to send.

    A visibility that does not show may be sent again, because it is the same twice. A reply is
    not: when it cannot be found, only the person may decide to write it again.
    """
    try:
        proof, _seen = _look(action)
    except PlatformError as error:
        _not_sent(action, error, is_known=False)
        return True
    if proof:
        _accepted(action, action.remote_id)
        return True
    if action.verb != Verb.REPLY:
        return False
    if action.checks < len(LATER_LOOKS):
        raise _count_look(action)
    _finish(action, State.UNCONFIRMED, LOST_REPLY)
    return True


def _accepted(action: ModerationAction, remote_id: str) -> None:
    with transaction.atomic():
        action.accepted_at, action.remote_id = timezone.now(), storable(remote_id, 200)
        action.checks = 0
        action.save(update_fields=["accepted_at", "remote_id", "checks"])
        outbox.enqueue("integrations.read_back", key=str(action.code), action=str(action.code))


def _not_sent(action: ModerationAction, error: PlatformError, *, is_known: bool = True) -> None:
    """The platform said no, or was not reached: wait, try again, or end with its reason.

    `is_known=False`: what failed was the look at an earlier sending, which may have been heard.
    """
    account = action.comment.account
    again = _wait_until(account, error)
    if again is not None:
        if is_known:
            _back_to_requested(action)
        raise outbox.Defer(str(error), (again - timezone.now()).total_seconds())
    if error.kind is ErrorKind.TRANSIENT and action.tries < MAX_SENDS:
        if is_known:
            _back_to_requested(action)
        else:
            action.tries += 1
            action.save(update_fields=["tries"])
        raise outbox.Retry(str(error))
    if not is_known:
        _finish(action, State.UNCONFIRMED, error.message)
    elif error.kind is ErrorKind.TRANSIENT:
        _finish(action, State.REFUSED, UNREACHABLE)
    else:
        is_gone = error.kind is ErrorKind.NOT_FOUND
        _finish(action, State.REFUSED, error.message, Visibility.DELETED if is_gone else None)


def _back_to_requested(action: ModerationAction) -> None:
    action.state, action.sent_at = State.REQUESTED, None
    action.save(update_fields=["state", "sent_at"])


def _wait_until(account: SocialAccount, error: PlatformError) -> datetime | None:
    """When an error that concerns the whole account ends by itself; None for all others."""
    if error.kind is ErrorKind.RATE_LIMITED:
        return max(error.retry_at or timezone.now() + health.TRY_AGAIN, timezone.now())
    if error.kind in {ErrorKind.QUOTA_EXHAUSTED, ErrorKind.AUTH_REVOKED}:
        return health.record_failure(account=account, error=error)[1]
    return None


# --- reading back --------------------------------------------------------------------------------


def _look(action: ModerationAction) -> tuple[bool | None, Visibility | None]:
    """Whether the platform shows what was asked (None: it cannot be told), and what it shows."""
    comment = action.comment
    adapter = platform(comment.account.platform)
    call = Caller(comment.account)
    if action.verb == Verb.REPLY:
        if action.remote_id:
            states = call(
                lambda access: adapter.comment_states(
                    access,
                    [action.remote_id],
                    post_id=_post_of(comment),
                    parent_id=_thread_of(comment),
                )
            )
            if action.remote_id not in states:
                # What cannot be asked for may have been heard: a chat repeats our own words.
                heard = Comment.objects.filter(
                    account=comment.account, external_id=action.remote_id
                )
                return heard.exists() or None, None
            return states[action.remote_id] is not None, None
        since = action.sent_at or action.requested_at
        found = call(
            lambda access: adapter.find_reply(
                access,
                _thread_of(comment),
                action.reply_text,
                since=since,
                post_id=_post_of(comment),
            )
        )
        action.remote_id = found or ""
        return found is not None, None
    asked = _asked(action)
    if asked is None:
        return _look_at_ban(action, call), None
    seen = call(
        lambda access: adapter.read_visibility(
            access,
            post_id=_post_of(comment),
            comment_id=comment.external_id,
            parent_id=comment.parent_external_id or None,
            created_at=comment.published_at,
            expect=asked,
        )
    )
    return confirms(asked, seen), seen


def _look_at_ban(action: ModerationAction, call: Caller) -> bool | None:
    adapter = platform(action.comment.account.platform)
    ban = action.undoes if action.undoes and action.verb == Verb.UNBAN else action
    if isinstance(adapter, BanLists) and ban.remote_id:
        is_out = call(lambda access: adapter.is_author_banned(access, ban.remote_id))
        return is_out is (action.verb != Verb.UNBAN)
    # Most list nobody whom they sent out: then the platform's own answer is the proof.
    return True if action.accepted_at else None


def _look_failed(action: ModerationAction, error: PlatformError) -> None:
    again = _wait_until(action.comment.account, error)
    if again is not None:
        raise outbox.Defer(str(error), (again - timezone.now()).total_seconds())
    if error.kind is ErrorKind.TRANSIENT and action.checks < len(LATER_LOOKS):
        raise _count_look(action)
    _finish(action, State.UNCONFIRMED, error.message)


def _count_look(action: ModerationAction) -> outbox.Defer:
    wait = LATER_LOOKS[action.checks]
    action.checks += 1
    action.save(update_fields=["checks"])
    return outbox.Defer("looks again", wait)


def _finish(
    action: ModerationAction,
    state: ModerationAction.State,
    detail: str = "",
    seen: Visibility | None = None,
) -> None:
    """The final state, the comment's visibility as far as it is known, and the fact."""
    now = timezone.now()
    with transaction.atomic():
        action.state, action.detail, action.finished_at = state, detail[:300], now
        action.save(update_fields=["state", "detail", "finished_at", "remote_id"])
        if seen is not None and seen is not Visibility.UNKNOWN:
            Comment.objects.filter(pk=action.comment_id, remote_state_at__lt=now).update(
                visibility=seen.value, remote_state_at=now
            )
        audit.record(
            f"integrations.action.{state.value}",
            target=str(action.comment.code),
            data={"verb": action.verb, "action": str(action.code)},
        )
        live.poke("inbox")
        live.poke("case")
        action_finished.send(sender=ModerationAction, action_id=action.pk)


def _thread_of(comment: Comment) -> str:
    """What a reply is attached to: most platforms take replies to top comments only."""
    if platform(comment.account.platform).answers_below == "comment":
        return comment.external_id
    return comment.parent_external_id or comment.external_id


def _post_of(comment: Comment) -> str:
    return comment.post.external_id if comment.post else ""
