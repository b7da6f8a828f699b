"""The daily seal over all chains of a workspace: a Merkle root, a signature, a timestamp."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit, outbox, tenancy
from accounts.outbox import Retry
from harassment import signing, timestamps
from harassment.chain import canonical, leaf, merkle_root
from harassment.models import Evidence, EvidenceSeal, EvidenceStamp

JOB_SEAL, JOB_STAMP = "harassment.seal_day", "harassment.stamp_seal"
FORMAT = "aura-seal/1"
SETTLING = timedelta(minutes=10)  # after midnight: transactions that began before it have ended


def promise_seals() -> int:
    """Promise every open workspace the seal of the day that has ended; how many are new.

    For public code. A day that has its seal, or in which nothing was captured, costs two queries.
    Seals whose authority did not answer are promised their timestamp again.
    """
    if not settings.EVIDENCE_KEY:
        return 0  # a system check says so
    day = (timezone.now() - SETTLING).astimezone(UTC).date() - timedelta(days=1)
    promised = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace), transaction.atomic():
            if _is_due(day):
                promised += outbox.enqueue(JOB_SEAL, key=day.isoformat(), day=day.isoformat())
            for pk in EvidenceSeal.objects.filter(stamps=None).values_list("pk", flat=True):
                outbox.enqueue(JOB_STAMP, key=str(pk), seal_id=pk)
    return promised


@transaction.atomic
def seal_day(*, day: date) -> EvidenceSeal | None:
    """Sign the tree over the last links that all chains had at the end of `day` (UTC).

    None when nothing was captured since the last seal. Safe to run twice: the day is unique.
    Promises its timestamp. Raises NoSigningKey.
    """
    if not _is_due(day):
        return EvidenceSeal.objects.filter(day=day).first()
    links = list(
        Evidence.objects.filter(captured_at__lt=_end(day))
        .order_by("case_id", "-sequence")
        .distinct("case_id")
        .values_list("case_id", "case__code", "sequence", "hash")
    )
    leaves = [leaf(code, sequence, digest) for _, code, sequence, digest in links]
    statement = {
        "format": FORMAT,
        "workspace": str(tenancy.current_workspace().schema_name),
        "day": day.isoformat(),
        "size": len(leaves),
        "root": merkle_root(leaves).hex(),
    }
    text = canonical(statement)
    seal = EvidenceSeal.objects.create(
        day=day,
        statement=text.decode(),
        heads=[[case_id, sequence] for case_id, _, sequence, _ in links],
        key=signing.public_key(),
        signature=signing.sign(text),
    )
    outbox.enqueue(JOB_STAMP, key=str(seal.pk), seal_id=seal.pk)
    audit.record("harassment.evidence.sealed", target=day.isoformat(), data={"chains": len(leaves)})
    return seal


def stamp_seal(*, seal_id: int) -> None:
    """Have a seal time-stamped; a second run finds the stamp and does nothing. Raises Retry."""
    seal = EvidenceSeal.objects.get(pk=seal_id)
    if seal.stamps.filter(authority=timestamps.name()).exists():
        return
    try:
        got = timestamps.stamp(seal.statement.encode())
    except timestamps.StampError as error:
        raise Retry(str(error)) from None
    try:
        with transaction.atomic():
            EvidenceStamp.objects.create(
                seal=seal, authority=got.authority, response=got.response, stated_at=got.stated_at
            )
    except IntegrityError:
        return  # another runner was faster


def _is_due(day: date) -> bool:
    newest = EvidenceSeal.objects.order_by("-day").values_list("day", flat=True).first()
    if newest and newest >= day:
        return False
    unsealed = Evidence.objects.filter(captured_at__lt=_end(day))
    if newest:
        unsealed = unsealed.filter(captured_at__gte=_end(newest))
    return unsealed.exists()


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
