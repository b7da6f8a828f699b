"""Asking for one action on one comment, and for its reverse; `delivery` brings it there."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, outbox
from accounts.models import User
from integrations.models import Comment, ModerationAction, SocialAccount
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.bans import Bans
from integrations.platforms.base import Cap, Support
from integrations.platforms.live import NOT_LIVE, is_live
from integrations.services.delivery import ASKED, SENDS_OUT
from integrations.services.texts import storable

Verb = ModerationAction.Verb
State = ModerationAction.State

CAP_OF: Mapping[str, Cap] = {
    Verb.HIDE: Cap.COMMENT_HIDE,
    Verb.PUBLISH: Cap.COMMENT_HIDE,
    Verb.REJECT: Cap.COMMENT_DELETE,
    Verb.REPLY: Cap.COMMENT_REPLY,
    Verb.BAN: Cap.AUTHOR_BAN,
    Verb.TIMEOUT: Cap.LIVE_CHAT_MODERATE,
    Verb.UNBAN: Cap.AUTHOR_BAN,
}
_REVERSE = {
    Verb.HIDE: Verb.PUBLISH,
    Verb.PUBLISH: Verb.HIDE,
    Verb.BAN: Verb.UNBAN,
    Verb.TIMEOUT: Verb.UNBAN,
}
_GONE = {Comment.Visibility.REJECTED, Comment.Visibility.DELETED}


class ModerationError(Exception):
    """The action cannot be asked for; the message is for the person.

    `manual_url` is the place where a person can do it by hand, if there is one.
    """

    def __init__(self, sentence: str, manual_url: str = "") -> None:
        super().__init__(sentence)
        self.manual_url = manual_url


class NotPossibleHere(ModerationError):
    """Aura cannot do it with this platform, permission or account: a person has to go there."""


def request_action(
    *,
    comment: Comment,
    verb: str,
    actor: User | None,
    asker: str = "",
    reply_text: str = "",
    wait_s: float = 0,
) -> ModerationAction:
    """Promise one action on one comment; a job sends it after `wait_s` and reads it back.

    The caller has captured the comment as evidence before. Raises ModerationError when the
    platform or the permission does not allow it, when it is done already, or when another
    action on this comment is still under way. Without an actor it is what people set up, named
    by `asker`, that asks: it may only hide.
    """
    if actor is None and verb != Verb.HIDE:
        raise ValueError("Only a person may ask for that.")
    return _request(comment, Verb(verb), actor, reply_text, asker=asker, wait_s=wait_s)


@transaction.atomic
def withdraw_action(*, action: ModerationAction, actor: User) -> bool:
    """Take back a promised action that has not left yet; False when it is too late for that.

    True: the platform never hears of it, whatever its job does.
    """
    is_taken = ModerationAction.objects.filter(
        pk=action.pk, state=State.REQUESTED, sent_at=None
    ).update(state=State.WITHDRAWN, finished_at=timezone.now())
    action.refresh_from_db(fields=["state", "sent_at", "finished_at"])
    if is_taken:
        audit.record(
            "integrations.action.withdrawn",
            actor=actor,
            target=str(action.comment.code),
            data={"verb": action.verb, "action": str(action.code)},
        )
    return bool(is_taken)


def undo_action(*, action: ModerationAction, actor: User) -> ModerationAction:
    """Promise the reverse of a hide or publish. Raises ModerationError for what has no reverse."""
    label = _label(action.comment.account)
    if action.verb == Verb.REJECT:
        raise ModerationError(
            _("%(platform)s does not bring back a rejected comment.") % {"platform": label}
        )
    if action.verb == Verb.REPLY:
        raise ModerationError(
            _("Aura cannot take a reply back. Delete it on %(platform)s.") % {"platform": label},
            action.comment.permalink,
        )
    if action.verb in {Verb.BAN, Verb.TIMEOUT} and not action.remote_id:
        raise ModerationError(
            _("Aura cannot take this ban back. Lift it on %(platform)s.") % {"platform": label},
            action.comment.permalink,
        )
    if action.state == State.SENT:
        raise ModerationError(
            _("It has just left for %(platform)s. Undo it once that is confirmed.")
            % {"platform": label}
        )
    if action.state not in {State.CONFIRMED, State.UNCONFIRMED}:
        raise ModerationError(_("There is nothing to undo: the action did not go through."))
    if action.visibility_before == Comment.Visibility.SPAM and action.verb == Verb.HIDE:
        raise ModerationError(
            _("It was likely spam before, and only the platform can say that again. It stays held.")
        )
    verb = _REVERSE[Verb(action.verb)]
    return _request(action.comment, verb, actor, "", undoes=action)


def _request(
    comment: Comment,
    verb: ModerationAction.Verb,
    actor: User | None,
    reply_text: str,
    undoes: ModerationAction | None = None,
    wait_s: float = 0,
    asker: str = "",
) -> ModerationAction:
    reply_text = storable(reply_text.strip()) if verb == Verb.REPLY else ""
    # After an unconfirmed act our own record of the visibility proves nothing.
    is_open = undoes is not None and undoes.state == State.UNCONFIRMED
    _check_possible(comment, verb, reply_text, is_open=is_open)
    try:
        with transaction.atomic():
            action = ModerationAction.objects.create(
                comment=comment,
                verb=verb,
                reply_text=reply_text,
                visibility_before=comment.visibility,
                undoes=undoes,
                actor_id=actor.pk if actor else None,
                actor_label=(actor.label if actor else asker)[:80],
            )
            outbox.enqueue(
                "integrations.perform_action",
                key=str(action.code),
                run_at=timezone.now() + timedelta(seconds=wait_s),
                action=str(action.code),
            )
            audit.record(
                "integrations.action.requested",
                actor=actor,
                target=str(comment.code),
                data={"verb": verb.value, "action": str(action.code)},
            )
    except IntegrityError:
        raise ModerationError(
            _("Another action on this comment is still under way. Wait for it to finish.")
        ) from None
    return action


def _check_possible(
    comment: Comment, verb: ModerationAction.Verb, reply_text: str, *, is_open: bool
) -> None:
    account = comment.account
    if account.is_import:
        raise NotPossibleHere(
            _("This comment was imported from a file. Act on it on the platform itself."),
            comment.permalink,
        )
    label = _label(account)
    is_said_live = is_live(comment.external_id)
    is_answer = is_said_live and verb == Verb.REPLY and _takes_answers(account)
    if is_said_live and not is_answer and verb in {Verb.HIDE, Verb.PUBLISH, Verb.REPLY}:
        raise NotPossibleHere(_(NOT_LIVE), comment.permalink)
    if verb in SENDS_OUT:
        _check_author(comment, verb, is_said_live=is_said_live)
    cap = Cap.LIVE_CHAT_MODERATE if is_said_live and not is_answer else CAP_OF[verb]
    support = _support(account, cap)
    if support.state == "needs_scope":
        raise NotPossibleHere(
            _("The permission for this is missing. Connect the account again and allow it.")
        )
    if support.state != "yes":
        raise NotPossibleHere(
            _("%(platform)s does not let Aura do this.") % {"platform": label}
            + (f" {_(support.reason)}" if support.reason else ""),
            support.manual_url or comment.permalink,
        )
    if not account.has_tokens or account.status == SocialAccount.Status.RECONNECT:
        raise NotPossibleHere(
            _("Aura is not connected to %(platform)s any more. Connect the account again first.")
            % {"platform": label}
        )
    if comment.visibility in _GONE and verb not in SENDS_OUT:
        raise ModerationError(
            _("%(platform)s no longer shows this comment to anybody.") % {"platform": label}
        )
    if verb in ASKED and comment.visibility == ASKED[verb] and not is_open:
        raise ModerationError(_("It already is as you ask."))
    most = platform(account.platform).reply_max
    if verb == Verb.REPLY and not 0 < len(reply_text) <= most:
        raise ModerationError(_("Write a reply of 1 to %(most)d characters.") % {"most": most})


def _check_author(comment: Comment, verb: ModerationAction.Verb, *, is_said_live: bool) -> None:
    label = _label(comment.account)
    kind = comment.account.platform
    if kind not in PLATFORMS or not isinstance(platform(kind), Bans):
        raise NotPossibleHere(
            _("Aura bans nobody on %(platform)s. Do it there.") % {"platform": label},
            comment.permalink,
        )
    if verb == Verb.TIMEOUT and not is_said_live:
        raise NotPossibleHere(_("Only people in a live chat can be sent out for a while."))
    if comment.is_own:
        raise ModerationError(_("This was written by the account itself."))
    if not comment.author_external_id:
        raise NotPossibleHere(
            _("%(platform)s does not say who wrote this.") % {"platform": label},
            comment.permalink,
        )


def _support(account: SocialAccount, cap: Cap) -> Support:
    if account.platform not in PLATFORMS:
        return Support("no")
    return platform(account.platform).capabilities_for(account.scopes_granted)[cap]


def _takes_answers(account: SocialAccount) -> bool:
    """Whether a chat there knows answers to single messages."""
    kind = account.platform
    return kind in PLATFORMS and platform(kind).answers_below == "comment"


def _label(account: SocialAccount) -> str:
    entry = PLATFORMS.get(account.platform)
    return entry.label if entry else account.platform
