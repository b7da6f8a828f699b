"""Reading a masked comment on purpose: counted for the reader's sake, audited for everybody's."""

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from harassment.models import CaseEvent, Incident, Reveal
from harassment.queries.exposure import exposure_today
from integrations.models import Comment


class ExposureReached(Exception):
    """The person has read as much as a day should hold; ask before showing more."""

    def __init__(self, exposure: int) -> None:
        super().__init__(exposure)
        self.exposure = exposure


@transaction.atomic
def reveal_comment(*, comment: Comment, actor: User, is_sure: bool = False) -> str:
    """The words of a masked comment, for this one answer.

    True afterwards: one Reveal, one audit entry, one line in the case's timeline. Nothing is
    stored that would unmask it the next time. Raises ExposureReached, and then nothing is
    written, when the day's limit is reached and the person has not said "read anyway".
    """
    exposure = exposure_today(actor)
    if exposure >= settings.EXPOSURE_LIMIT and not is_sure:
        raise ExposureReached(exposure)
    Reveal.objects.create(comment=comment, user_id=actor.pk, text_hash=comment.text_hash)
    audit.record(
        "harassment.comment.revealed",
        actor=actor,
        target=str(comment.code),
        data={"exposure": exposure + 1},
    )
    incident = Incident.objects.filter(comment=comment).first()
    if incident:
        CaseEvent.objects.create(
            case_id=incident.case_id,
            kind=CaseEvent.Kind.REVEALED,
            actor_id=actor.pk,
            actor_label=actor.label[:80],
            data={"comment": str(comment.code)},
        )
    return comment.text
