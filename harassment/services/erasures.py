"""Taking one sealed item's words away for good, on a person's request and in a person's name."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from harassment.models import CaseEvent, Evidence
from harassment.services.evidence import erase

WHOLE, AUTHOR, WORDS = "whole", "author", "words"
# The platform's own record names the author and quotes the words: it goes with either.
PARTS: Mapping[str, tuple[str, ...]] = {
    WHOLE: (),
    AUTHOR: (
        "author.external_id", "author.handle", "author.name", "comment.permalink",
        "comment.external_id", "platform_payload",
    ),
    WORDS: ("comment.text", "earlier_wordings", "thread", "platform_payload"),
}  # fmt: skip


class ErasureRefusedError(Exception):
    """Nothing was taken away; the message is for the person."""


@transaction.atomic
def erase_item(*, evidence: Evidence, part: str, reason: str, actor: User) -> list[str]:
    """Take a part of PARTS away from one item; the names of the fields that went.

    True afterwards: what `erase` promises, and a line in the timeline with the reason and who did
    it. Raises ErasureRefusedError.
    """
    names = [name for name in PARTS[part] if name in evidence.commitments]
    if part != WHOLE and not names and evidence.commitments:
        raise ErasureRefusedError(_("That was erased before."))  # no names would mean all of them
    try:
        gone = erase(evidence=evidence, reason=reason, names=names, actor=actor)
    except ValueError:
        raise ErasureRefusedError(
            _("This item was sealed in an older form, with its words inside the link.")
        ) from None
    if not gone:
        raise ErasureRefusedError(_("That was erased before."))
    case = evidence.case
    if case:
        CaseEvent.objects.create(
            case=case,
            kind=CaseEvent.Kind.ERASED,
            actor_id=actor.pk,
            actor_label=actor.label[:80],
            note=reason,
            data={"number": evidence.sequence},
        )
    return gone
