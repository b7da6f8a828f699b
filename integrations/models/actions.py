"""What a person asked a platform to do, and what it answered."""

import uuid

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models.content import Comment
from integrations.platforms import PLATFORMS

_CONFIRMED = {
    "hide": _("Hidden, confirmed by %(platform)s"),
    "reject": _("Rejected, confirmed by %(platform)s"),
    "publish": _("Published, confirmed by %(platform)s"),
    "reply": _("Reply sent, confirmed by %(platform)s"),
    "ban": _("The author is banned, confirmed by %(platform)s"),
    "timeout": _("The author is out for five minutes, confirmed by %(platform)s"),
    "unban": _("The author may write again, confirmed by %(platform)s"),
}
_REFUSED = _("Not done. %(reason)s")
_UNSHOWN = _("%(platform)s accepted it, but does not show it.")
_UNTOLD = _("Sent, but %(platform)s did not say whether it happened.")
_SENT = _("Sent, waiting for %(platform)s to show it")
_REQUESTED = _("Waiting to be sent to %(platform)s")
_WITHDRAWN = _("Taken back before it reached %(platform)s")


class ModerationActionQuerySet(models.QuerySet["ModerationAction"]):
    """Vocabulary of moderation actions."""

    def visible_to(self, membership: Membership) -> "ModerationActionQuerySet":
        """Those on comments that the person may see."""
        if membership.confined_to is not None:
            return self.filter(comment__account__owner_id=membership.confined_to)
        return self.all()

    def unfinished(self) -> "ModerationActionQuerySet":
        """Not yet in an honest final state: at most one a comment."""
        return self.filter(state__in=ModerationAction.UNFINISHED)


class ModerationAction(models.Model):
    """One intent on one comment. Its code is the idempotency key; it ends in an honest state."""

    class Verb(models.TextChoices):
        HIDE = "hide", _("Hide")  # heldForReview on YouTube: reversible
        REJECT = "reject", _("Reject")
        PUBLISH = "publish", _("Publish")
        REPLY = "reply", _("Reply")
        BAN = "ban", _("Ban the author")
        TIMEOUT = "timeout", _("Time-out")  # of a live chat, for five minutes
        UNBAN = "unban", _("Let the author in again")

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waiting to be sent")
        SENT = "sent", _("Sent, waiting to read it back")
        CONFIRMED = "confirmed", _("Confirmed")
        UNCONFIRMED = "unconfirmed", _("Not confirmed")  # the platform took it and shows otherwise
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Taken back before it was sent")

    UNFINISHED = (State.REQUESTED, State.SENT)

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="actions")
    verb = models.CharField(max_length=8, choices=Verb.choices)
    reply_text = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    visibility_before = models.CharField(max_length=10)
    undoes = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="undone_by"
    )
    actor_id = models.BigIntegerField(null=True)  # users live in public
    actor_label = models.CharField(max_length=80)
    remote_id = models.CharField(max_length=200, blank=True)  # of a reply
    detail = models.CharField(max_length=300, blank=True)  # English msgid: the platform's reason
    tries = models.PositiveSmallIntegerField(default=0)  # how often it was sent
    checks = models.PositiveSmallIntegerField(default=0)  # how often it was read back
    requested_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)  # written before sending: from here it may exist
    accepted_at = models.DateTimeField(null=True)  # the platform said yes
    finished_at = models.DateTimeField(null=True)

    objects = ModerationActionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["comment", "-requested_at"], name="action_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["comment"],
                condition=models.Q(state__in=["requested", "sent"]),
                name="action_unfinished_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.state}"

    @property
    def sentence(self) -> str:
        """What became of it, for people: "Hidden, confirmed by YouTube"."""
        entry = PLATFORMS.get(self.comment.account.platform)
        words = {"platform": entry.label if entry else self.comment.account.platform}
        if self.state == self.State.CONFIRMED:
            return _CONFIRMED[self.verb] % words
        if self.state == self.State.REFUSED:
            return _REFUSED % {**words, "reason": gettext(self.detail)}
        if self.state == self.State.UNCONFIRMED:
            told = _UNSHOWN if self.accepted_at else _UNTOLD
            return " ".join(filter(None, [told % words, self.detail and gettext(self.detail)]))
        if self.state == self.State.WITHDRAWN:
            return _WITHDRAWN % words
        return (_SENT if self.state == self.State.SENT else _REQUESTED) % words

    @property
    def is_here(self) -> bool:
        """Whether it certainly has not left yet, so that it can be taken back without a trace."""
        return self.state == self.State.REQUESTED and self.sent_at is None

    @property
    def is_finished(self) -> bool:
        """Whether the state is final."""
        return self.state not in self.UNFINISHED
