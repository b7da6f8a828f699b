"""The rights desk: receiving a request, proving the handle, answering in time, forgetting."""

import calendar
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.services import hash_token
from harassment.models import (
    Case,
    Evidence,
    EvidenceContent,
    MailItem,
    RightsRequest,
    hold_case_book,
)
from harassment.queries.rights import (
    authors_of,
    comments_of,
    is_same_handle,
    visible_comments,
)
from harassment.services import authors, roster
from harassment.services.casebook import CaseError
from harassment.services.evidence import erase
from harassment.services.mails import promise_mails, promise_reminder
from integrations.models import Comment, CommentRevision
from integrations.services.texts import storable

Proof, Outcome = RightsRequest.Proof, RightsRequest.Outcome
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
MONTHS, MONTHS_EXTENDED = 1, 3  # GDPR art. 12(3)
FORGET_MOST = 5_000  # comments of one person at once
WHO = ("author.external_id", "author.handle", "author.name", "platform_payload", "thread",
       "comment.external_id", "comment.permalink")  # fmt: skip


class RightsError(Exception):
    """It was not done; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of somebody's traces."""

    comments: int
    items: int  # sealed ones whose fields went
    kept: int  # sealed in the first format, whose words are part of the link


@transaction.atomic
def receive_request(
    *, kind: str, platform: str, handle: str, message: str, language: str
) -> tuple[RightsRequest, str]:
    """Take a request in; the secret of its private address is returned once and never stored.

    It does not look at what is held: the answer is the same whether there is something or not.
    """
    hold_case_book()
    last = RightsRequest.objects.order_by("-number").values_list("number", flat=True).first() or 0
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    asked = RightsRequest.objects.create(
        number=last + 1,
        kind=kind,
        platform=platform,
        handle=storable(handle.strip(), 200),
        message=storable(message.strip()),
        language=language,
        token_hash=hash_token(token),
        proof_code="aura-" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        received_at=now,
        due_at=months_after(now, MONTHS),
    )
    promise_mails(kind=MailItem.Kind.REQUEST_NEW, code=asked.code)
    promise_reminder(asked)
    audit.record("harassment.request.received", target=asked.label, data={"kind": kind})
    return asked, token


@transaction.atomic
def look_for_code(*, asked: RightsRequest, actor: User | None = None) -> bool:
    """Look whether the code was posted as a comment by that very handle; whether it is proven.

    True afterwards, if so: the request knows the author's id on the platform, which a later
    change of the handle does not change.
    """
    asked = RightsRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.is_proven or not asked.is_open:
        return asked.is_proven
    found = visible_comments(asked.platform).filter(
        text__icontains=asked.proof_code, published_at__gte=asked.received_at
    )
    for comment in found.order_by("published_at", "pk"):
        if is_same_handle(comment.author_handle, asked.handle):
            _prove(asked, Proof.COMMENT, comment.author_external_id, actor)
            return True
    return False


@transaction.atomic
def confirm_proof(*, asked: RightsRequest, actor: User) -> None:
    """A person has seen the code on the profile itself.

    Raises RightsError when several people used that handle here: only a comment says which.
    """
    asked = RightsRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.is_proven or not asked.is_open:
        return
    ids = authors_of(asked.platform, asked.handle)
    if len(ids) > 1:
        raise RightsError(
            _("Several people used this handle. Ask for the code as a comment: it tells who.")
        )
    _prove(asked, Proof.PERSON, ids[0] if ids else "", actor)


@transaction.atomic
def extend_time(*, asked: RightsRequest, reason: str, actor: User) -> None:
    """Take two more months, once and within the first one; the person reads the reason.

    Raises RightsError when that is not possible any more.
    """
    asked = RightsRequest.objects.select_for_update().get(pk=asked.pk)
    if not asked.is_open or asked.extension_reason or asked.is_late:
        raise RightsError(_("It can be extended once, and only before its time is over."))
    asked.due_at = months_after(asked.received_at, MONTHS_EXTENDED)
    asked.extension_reason = reason
    asked.save(update_fields=["due_at", "extension_reason"])
    promise_reminder(asked)
    audit.record("harassment.request.extended", actor=actor, target=asked.label)


@transaction.atomic
def answer_request(
    *, asked: RightsRequest, outcome: str, text: str, has_copy: bool, actor: User
) -> None:
    """Answer and close. Raises RightsError when it is closed, or granted without proof.

    True afterwards: the person reads the answer at their private address and, with `has_copy`,
    takes the copy there for settings.RIGHTS_COPY_DAYS. An objection that is granted ends what
    the roster knows.
    """
    asked = RightsRequest.objects.select_for_update().get(pk=asked.pk)
    if not asked.is_open:
        raise RightsError(_("This request was answered already."))
    is_granted = outcome in {Outcome.GRANTED, Outcome.PARTLY}
    if (is_granted or has_copy) and not asked.is_proven:
        raise RightsError(_("Control of the handle is not proven yet: only a refusal is possible."))
    now = timezone.now()
    asked.outcome, asked.answer = outcome, text
    asked.has_copy = has_copy
    asked.copy_until = now + timedelta(days=settings.RIGHTS_COPY_DAYS) if has_copy else None
    asked.closed_at, asked.closed_by_label = now, actor.label[:80]
    asked.save()
    if is_granted and asked.kind == RightsRequest.Kind.OBJECTION:
        roster.forget_author(platform=asked.platform, author=asked.author_external_id)
    audit.record(
        "harassment.request.answered",
        actor=actor,
        target=asked.label,
        data={"outcome": outcome, "has_copy": has_copy},
    )


@transaction.atomic
def forget_requester(*, asked: RightsRequest, is_whole: bool, actor: User) -> Forgotten:
    """Cut who it was out of everything held here; with `is_whole` their words too.

    True afterwards: cases keep their decisions and name nobody; comments belong to nobody any
    more and stay recognised, so the platform does not bring them back; evidence has lost those
    fields, and every chain still verifies. Raises RightsError without proof, without anything
    held, and while a case about the person is open.
    """
    asked = RightsRequest.objects.select_for_update().get(pk=asked.pk)
    author = asked.author_external_id
    if not asked.is_proven:
        raise RightsError(_("Control of the handle is not proven yet."))
    comments = list(comments_of(asked).values_list("pk", flat=True)[: FORGET_MOST + 1])
    if not author or not comments:
        raise RightsError(_("Nothing is held on this person."))
    if len(comments) > FORGET_MOST:
        raise RightsError(_("There is too much for one step. Ask the operator."))
    case = (
        Case.objects.filter(account__platform=asked.platform, author_external_id=author)
        .select_related("account")
        .first()
    )
    if case:
        try:
            authors.forget_author(case=case, actor=actor)
        except CaseError as error:
            raise RightsError(str(error)) from error
    items, kept = _erase_evidence(comments, asked, is_whole=is_whole)
    _empty_comments(comments, is_whole=is_whole)
    roster.forget_author(platform=asked.platform, author=author)
    asked.author_external_id = ""
    asked.save(update_fields=["author_external_id"])
    done = Forgotten(len(comments), items, kept)
    audit.record(
        "harassment.request.forgotten",
        actor=actor,
        target=asked.label,
        data={"comments": done.comments, "items": items, "kept": kept, "is_whole": is_whole},
    )
    return done


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def _prove(asked: RightsRequest, proof: str, author: str, actor: User | None) -> None:
    asked.proof, asked.author_external_id = proof, author
    asked.proven_at = timezone.now()
    asked.proven_by_label = actor.label[:80] if actor else ""
    asked.save(update_fields=["proof", "author_external_id", "proven_at", "proven_by_label"])
    audit.record(
        "harassment.request.proven", actor=actor, target=asked.label, data={"proof": proof}
    )


def _erase_evidence(
    comments: Sequence[int], asked: RightsRequest, *, is_whole: bool
) -> tuple[int, int]:
    erased = kept = 0
    reason = f"{asked.label}: {'erasure' if is_whole else 'anonymisation'}, GDPR"
    with_words = set(
        EvidenceContent.objects.filter(evidence__comment_id__in=comments).values_list(
            "evidence_id", flat=True
        )
    )
    for item in Evidence.objects.filter(comment_id__in=comments).order_by("pk"):
        if not item.commitments:
            kept += 1
        elif item.pk in with_words:
            names = () if is_whole else [name for name in WHO if name in item.commitments]
            erased += bool(erase(evidence=item, reason=reason, names=names))
    return erased, kept


def _empty_comments(comments: Sequence[int], *, is_whole: bool) -> None:
    gone = {
        "author_external_id": f"{Case.GONE}{uuid.uuid4()}",
        "author_handle": "",
        "author_name": "",
        "permalink": "",
        "raw": {},
    }
    if is_whole:
        # text_hash stays: it is how the next reading knows this wording and leaves it empty.
        gone |= {"text": "", "text_norm": ""}
        CommentRevision.objects.filter(comment_id__in=comments).delete()
    Comment.objects.filter(pk__in=comments).update(**gone)
