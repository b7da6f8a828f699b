"""Reading a masked comment on purpose: counted for the reader's sake, audited for everybody's."""

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from harassment.models import CaseEvent, Incident, Reveal, Severity
from harassment.queries.exposure import Exposure, exposure_of
from integrations.models import Comment


class Why(models.TextChoices):
    """Why somebody reads on although it was enough: a closed list, so nothing is spelled out."""

    DECIDE = "decide", _("I have to decide about it now")
    ALONE = "alone", _("Nobody else is here")
    MINE = "mine", _("It is about me")


class ExposureReached(Exception):
    """The person has read enough for now; ask before showing more."""

    def __init__(self, exposure: Exposure) -> None:
        super().__init__(exposure.today)
        self.exposure = exposure


@transaction.atomic
def reveal_comment(*, comment: Comment, actor: User, why: str = "") -> str:
    """The words of a masked comment, for this one answer.

    True afterwards: one Reveal, one audit entry, one line in the case's timeline. Nothing is
    stored that would unmask it the next time. Raises ExposureReached, and then nothing is
    written, when the day's limit is reached or much was read in a row, unless the person says
    `why` (one of `Why`). A critical comment never waits for a pause.
    """
    exposure = exposure_of(actor)
    incident = Incident.objects.filter(comment=comment).first()
    is_critical = incident is not None and incident.severity >= Severity.CRITICAL
    is_enough = exposure.is_full or (exposure.is_fast and not is_critical)
    if is_enough and why not in Why.values:
        raise ExposureReached(exposure)
    Reveal.objects.create(comment=comment, user_id=actor.pk, text_hash=comment.text_hash)
    audit.record(
        "harassment.comment.revealed",
        actor=actor,
        target=str(comment.code),
        data={"exposure": exposure.today + 1, **({"why": why} if is_enough else {})},
    )
    if incident:
        CaseEvent.objects.create(
            case_id=incident.case_id,
            kind=CaseEvent.Kind.REVEALED,
            actor_id=actor.pk,
            actor_label=actor.label[:80],
            data={"comment": str(comment.code)},
        )
    return comment.text
