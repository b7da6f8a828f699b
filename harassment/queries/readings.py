"""Who may be asked to read, and what was asked and answered."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Grant, Membership, Workspace
from accounts.queries import members_of
from harassment.detection.summary import summarise
from harassment.models import ReadRequest
from integrations.models import Comment

READINGS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Readings:
    """A person's page: what they are asked to read, and what they asked of others."""

    asked_of_me: list[ReadRequest]
    asked_by_me: list[ReadRequest]


def readers_for(workspace: Workspace, comment: Comment, membership: Membership) -> list[Membership]:
    """Colleagues who may see that comment and reveal words, by name; not the person."""
    owner, now = comment.account.owner_id, timezone.now()
    return [
        one
        for one in members_of(workspace)
        if one.user_id != membership.user_id
        and one.may(Grant.TRIAGE)
        and one.confined_to in (None, owner)
        and one.user.is_active
        and (one.expires_at is None or one.expires_at > now)
    ]


def readings_of(membership: Membership) -> Readings:
    """The open ones asked of the person, and the newest they asked for. Two queries."""
    visible = ReadRequest.objects.visible_to(membership).select_related("comment__account")
    return Readings(
        list(visible.open().filter(asked_of_id=membership.user_id)[:READINGS_SHOWN]),
        list(visible.filter(asked_by_id=membership.user_id)[:READINGS_SHOWN]),
    )


def latest_reading(membership: Membership, comment: Comment) -> ReadRequest | None:
    """The newest request about a comment that the person asked and did not take back."""
    return (
        ReadRequest.objects.filter(comment=comment, asked_by_id=membership.user_id)
        .exclude(state=ReadRequest.State.WITHDRAWN)
        .first()
    )


def told(request: ReadRequest) -> str:
    """An answer in one neutral sentence: "Threat, insult; aimed at the creator; …"."""
    target = request.get_target_display()
    parts = [
        summarise(request.kinds) if request.kinds else _("Nothing abusive"),
        *([_("aimed at %(target)s") % {"target": target}] if target else []),
        {
            ReadRequest.Danger.NO: _("no danger"),
            ReadRequest.Danger.UNSURE: _("perhaps a danger"),
            ReadRequest.Danger.YES: _("a danger"),
        }[ReadRequest.Danger(request.danger)],
        str(ReadRequest.Need(request.need).label).lower(),
    ]
    return "; ".join(map(str, parts))
