"""Having a colleague read a masked comment: asked, answered in closed facts, or taken back."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live
from accounts.models import Membership, User
from harassment.models import ReadRequest
from integrations.models import Comment


class ReadingError(Exception):
    """It cannot be done; the message says why and what to do."""


def ask_to_read(*, comment: Comment, actor: User, reader: Membership) -> ReadRequest:
    """Ask `reader` to read the comment for `actor`. Raises ReadingError."""
    if reader.user_id == actor.pk:
        raise ReadingError(_("Choose somebody else."))
    try:
        with transaction.atomic():
            request = ReadRequest.objects.create(
                comment=comment,
                asked_by_id=actor.pk,
                asked_by_label=actor.label[:80],
                asked_of_id=reader.user_id,
                asked_of_label=reader.user.label[:80],
            )
            audit.record(
                "harassment.reading.asked", actor=actor, target=str(comment.code),
                data={"reading": str(request.code)},
            )  # fmt: skip
            live.poke("inbox")
    except IntegrityError as error:
        raise ReadingError(
            _("You have asked for this comment already. Take that back to ask somebody else.")
        ) from error
    return request


@transaction.atomic
def answer_reading(
    *, request: ReadRequest, actor: User, kinds: Sequence[str], target: str, danger: str, need: str
) -> None:
    """Tell what it amounts to, in facts of closed lists. Raises ReadingError when too late."""
    done = ReadRequest.objects.filter(
        pk=request.pk, asked_of_id=actor.pk, state=ReadRequest.State.ASKED
    ).update(
        state=ReadRequest.State.ANSWERED, kinds=list(kinds), target=target, danger=danger,
        need=need, answered_at=timezone.now(),
    )  # fmt: skip
    if not done:
        raise ReadingError(_("This was answered or taken back meanwhile."))
    audit.record(
        "harassment.reading.answered", actor=actor, target=str(request.comment.code),
        data={"reading": str(request.code), "danger": danger, "need": need},
    )  # fmt: skip
    live.poke("inbox")


@transaction.atomic
def withdraw_reading(*, request: ReadRequest, actor: User) -> None:
    """Take back what was asked. Raises ReadingError when there is an answer already."""
    done = ReadRequest.objects.filter(
        pk=request.pk, asked_by_id=actor.pk, state=ReadRequest.State.ASKED
    ).update(state=ReadRequest.State.WITHDRAWN)
    if not done:
        raise ReadingError(_("This was answered or taken back meanwhile."))
    audit.record(
        "harassment.reading.withdrawn", actor=actor, target=str(request.comment.code),
        data={"reading": str(request.code)},
    )  # fmt: skip
    live.poke("inbox")
