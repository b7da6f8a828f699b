"""Where a comment stands: what was asked of the platform, how far it is, what can be done next."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.templatetags.aura import platform_name
from harassment.models import Incident
from harassment.queries.rows import CommentRow
from integrations.models import Comment, ModerationAction, SocialAccount
from integrations.platforms import platform
from integrations.platforms.bans import Bans
from integrations.platforms.base import Cap, Support
from integrations.platforms.live import NOT_LIVE

Verb = ModerationAction.Verb
State = ModerationAction.State
Visibility = Comment.Visibility
_GONE = (Visibility.REJECTED, Visibility.DELETED)
_UNDOABLE = (Verb.HIDE, Verb.PUBLISH)
_LIFTABLE = (Verb.BAN, Verb.TIMEOUT)  # where the platform gave a key to the ban


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an action: said in words, with a state for icon and hue."""

    text: str
    at: datetime | None
    state: Literal["done", "waiting", "failed"]


@dataclass(frozen=True)
class Standing:
    """What a page shows and offers below a comment."""

    row: CommentRow
    text_hash: str
    is_import: bool
    account_status: str
    scopes: tuple[str, ...]
    actions: tuple[ModerationAction, ...]  # newest first
    is_said_live: bool = False  # in a live chat: it can be removed and never held
    has_author: bool = True  # the platform says who wrote it

    @property
    def latest(self) -> ModerationAction | None:
        """The newest action on this comment."""
        return self.actions[0] if self.actions else None

    @property
    def stamp(self) -> str:
        """What the reader saw; sent back with a decision to notice that somebody was faster."""
        latest = self.latest
        return stamp(self.row.incident_state, latest.code if latest else None, self.text_hash)

    @property
    def is_unfinished(self) -> bool:
        """Whether the platform still has to answer: the page asks again until it has."""
        return self.latest is not None and self.latest.state in ModerationAction.UNFINISHED

    @property
    def is_flagged(self) -> bool:
        """Whether a person has to decide, or has decided, about it."""
        return bool(self.row.incident_state)

    @property
    def is_decided(self) -> bool:
        """Whether a person took it out of the ones that wait."""
        return self.is_flagged and not self.row.is_incident_open

    @cached_property
    def hide_support(self) -> Support:
        """Whether hiding works here, and why not."""
        if self.is_said_live:
            return Support("no", NOT_LIVE)
        return self._support(Cap.COMMENT_HIDE)

    @property
    def can_hide(self) -> bool:
        """Whether "hide" would change something and the platform lets us."""
        is_public = self.row.visibility == Visibility.PUBLIC
        return is_public and not self.is_unfinished and self.hide_support.state == "yes"

    @property
    def can_remove(self) -> bool:
        """Whether it is a live message that the platform lets us take away for good."""
        return (
            self.is_said_live
            and self.row.visibility == Visibility.PUBLIC
            and not self.is_unfinished
            and self._support(Cap.LIVE_CHAT_MODERATE).state == "yes"
        )

    @property
    def can_ban(self) -> bool:
        """Whether its author can be sent out: for good, and from a live chat for a while, too."""
        cap = Cap.LIVE_CHAT_MODERATE if self.is_said_live else Cap.AUTHOR_BAN
        is_there = self.is_said_live or self.row.visibility not in _GONE
        return (
            is_there
            and self.has_author
            and not self.row.is_own
            and not self.is_unfinished
            and not self._is_sent_out
            and self._support(cap).state == "yes"
            and isinstance(platform(self.row.platform), Bans)
        )

    @property
    def _is_sent_out(self) -> bool:
        latest = self.latest
        return latest is not None and latest.verb in _LIFTABLE and latest.state == State.CONFIRMED

    @property
    def can_publish(self) -> bool:
        """Whether it waits out of sight and the platform lets us bring it back."""
        is_back_stage = self.row.visibility in {Visibility.HELD, Visibility.SPAM}
        return is_back_stage and not self.is_unfinished and self.hide_support.state == "yes"

    @property
    def can_reply(self) -> bool:
        """Whether the account may answer in public."""
        return (
            self.row.visibility == Visibility.PUBLIC
            and not self.is_said_live
            and not self.is_unfinished
            and self._support(Cap.COMMENT_REPLY).state == "yes"
        )

    @property
    def undoable(self) -> ModerationAction | None:
        """The action that can be taken back: the newest, if it was confirmed or has not left."""
        latest = self.latest
        if latest is not None and latest.is_here:
            return latest
        if (
            latest is None
            or latest.state != State.CONFIRMED
            or latest.verb not in (*_UNDOABLE, *(_LIFTABLE if latest.remote_id else ()))
            or latest.undoes_id is not None
        ):
            return None
        return latest

    @property
    def can_reopen(self) -> bool:
        """Whether a decision that was only made here can be taken back."""
        return self.is_decided and not self.is_unfinished and self.undoable is None

    @property
    def decided_text(self) -> str:
        """How a person decided, where the platform's steps do not say it already."""
        who = {"who": self.row.decided_by}
        if self.row.incident_state == Incident.State.DISMISSED:
            return _("Not abuse, says %(who)s") % who
        if self.row.incident_state == Incident.State.ACTED and self.undoable is None:
            return _("Dealt with by %(who)s") % who
        return ""

    @property
    def is_by_hand(self) -> bool:
        """Whether it is public, abusive, and Aura cannot hide it: a person has to go there."""
        return (
            self.is_flagged
            and self.row.visibility == Visibility.PUBLIC
            and self.hide_support.state != "yes"
            and not self.can_remove
        )

    @property
    def by_hand_reason(self) -> str:
        """Why Aura cannot do it, in the reader's language."""
        reason = self.hide_support.reason
        return _(reason) if reason else ""

    @property
    def visibility_text(self) -> str:
        """Who can see it now, as far as the platform told us."""
        if self.row.source == Comment.Source.CAPTURE:
            words = _("A person saw it on %(platform)s; Aura cannot see it there")
            return words % {"platform": platform_name(self.row.platform)}
        return {
            Visibility.PUBLIC: _("Public on %(platform)s"),
            Visibility.HELD: _("Hidden: held for review on %(platform)s"),
            Visibility.SPAM: _("Hidden: %(platform)s takes it for spam"),
            Visibility.REJECTED: _("Rejected on %(platform)s"),
            Visibility.DELETED: _("Deleted on %(platform)s"),
            Visibility.PRIVATE: _("A private message on %(platform)s"),
        }.get(Visibility(self.row.visibility), "") % {"platform": platform_name(self.row.platform)}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The newest action from the request to what the platform says now."""
        return steps_of(self.latest, self.row.platform) if self.latest else ()

    def _support(self, cap: Cap) -> Support:
        if self.row.source == Comment.Source.CAPTURE:
            return Support("no", _("It was captured by hand, so Aura holds no key to it."))
        if self.is_import:
            return Support("no", _("This comment came from a file, so Aura holds no key to it."))
        if self.account_status == SocialAccount.Status.DISCONNECTED:
            return Support("no", _("The account is disconnected."))
        try:
            adapter = platform(self.row.platform)
        except KeyError:
            return Support("no", _("Aura cannot act on this platform."))
        support = adapter.capabilities_for(self.scopes).get(cap, Support("no"))
        if support.state == "needs_scope":
            return Support("no", _("The permission to moderate is missing. Reconnect the account."))
        return support


def stamp(incident_state: str, action_code: UUID | None, text_hash: str) -> str:
    """The state of a comment in short: decision, newest action, wording."""
    return f"{incident_state or '-'}.{str(action_code or '-')[:8]}.{text_hash[:12]}"


def steps_of(action: ModerationAction, platform_kind: str) -> tuple[Step, ...]:
    """Requested, sent, and how it ended or that it has not."""
    name = platform_name(platform_kind)
    who = {"who": action.actor_label, "platform": name}
    asked = {
        Verb.HIDE: _("%(who)s asked to hide it"),
        Verb.REJECT: _("%(who)s asked to reject it"),
        Verb.PUBLISH: _("%(who)s asked to publish it"),
        Verb.REPLY: _("%(who)s answered in public"),
        Verb.BAN: _("%(who)s asked to ban the author"),
        Verb.TIMEOUT: _("%(who)s asked to send the author out for five minutes"),
        Verb.UNBAN: _("%(who)s asked to let the author in again"),
    }[Verb(action.verb)]
    steps = [Step(asked % who, action.requested_at, "done")]
    if action.sent_at:
        steps.append(Step(_("Sent to %(platform)s") % who, action.sent_at, "done"))
    steps.append(_last_step(action, name))
    return tuple(steps)


def _last_step(action: ModerationAction, name: str) -> Step:
    words = {"platform": name, "reason": _(action.detail) if action.detail else ""}
    if action.state == State.REQUESTED:
        return Step(_("Waiting to be sent"), None, "waiting")
    if action.state == State.SENT:
        return Step(_("Waiting for %(platform)s to confirm") % words, None, "waiting")
    if action.state == State.CONFIRMED:
        ended = {
            Verb.HIDE: _("Hidden, confirmed by %(platform)s"),
            Verb.REJECT: _("Rejected, confirmed by %(platform)s"),
            Verb.PUBLISH: _("Public, confirmed by %(platform)s"),
            Verb.REPLY: _("The answer is there, confirmed by %(platform)s"),
            Verb.BAN: _("The author is banned, confirmed by %(platform)s"),
            Verb.TIMEOUT: _("The author is out for five minutes, confirmed by %(platform)s"),
            Verb.UNBAN: _("The author may write again, confirmed by %(platform)s"),
        }[Verb(action.verb)]
        return Step(ended % words, action.finished_at, "done")
    if action.state == State.WITHDRAWN:
        return Step(_("Taken back before it was sent"), action.finished_at, "done")
    if action.state == State.REFUSED:
        text = _("%(platform)s refused. %(reason)s") % words
    else:
        text = _("%(platform)s did not confirm it. %(reason)s") % words
    return Step(text.strip(), action.finished_at, "failed")
