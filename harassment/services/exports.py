"""Handing evidence out: a person asks, a job makes the file, every step leaves a trace."""

import logging
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, live, outbox, tenancy
from accounts.models import Membership, Role, User
from harassment.exports.archive import TooLargeError
from harassment.exports.making import make
from harassment.exports.typesetter import Cancelled, TypesetError
from harassment.models import Case, CaseEvent, Evidence, ExportedEvidence
from harassment.signing import NoSigningKey
from harassment.timestamps import StampError

logger = logging.getLogger(__name__)

JOB = "harassment.build_export"
STUCK = timedelta(hours=12)  # longer than all attempts of a job together

NO_KEY = gettext_noop("This installation has no signing key (EVIDENCE_KEY). Its operator sets one.")
NO_STAMP = gettext_noop("The timestamp authority did not answer. Ask for the export again later.")
NO_PDF = gettext_noop("The PDF could not be made. Tell the operator of this installation.")
TOO_LARGE = gettext_noop("The export would be larger than 2 GB.")
GAVE_UP = gettext_noop("The export could not be made. Ask for it again.")

State = ExportedEvidence.State


class ExportRefusedError(Exception):
    """No export was begun; the message is for the person."""


def may_export(membership: Membership) -> bool:
    """Whether the role may take evidence out: a trusted helper works inside and takes nothing."""
    return membership.may("moderate") and membership.role != Role.HELPER


@transaction.atomic
def request_export(*, case: Case, recipient: str, language: str, actor: User) -> ExportedEvidence:
    """Promise an export of what is sealed now. Raises ExportRefusedError.

    Only a person's request comes here; no rule, agent or job may call it. Pokes "exports".
    """
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    last = Evidence.objects.filter(case=case).order_by("-sequence").first()
    if last is None:
        raise ExportRefusedError(_("Nothing is sealed yet."))
    if last.sequence > settings.EXPORT_MAX_ITEMS:
        raise ExportRefusedError(
            _("The case holds more than %(count)d items: too many for one file.")
            % {"count": settings.EXPORT_MAX_ITEMS}
        )
    if ExportedEvidence.objects.filter(case=case, state__in=ExportedEvidence.UNFINISHED).exists():
        raise ExportRefusedError(_("An export of this case is being made. Wait for it."))
    run = ExportedEvidence.objects.create(
        case=case,
        recipient=recipient,
        language=language,
        actor_id=actor.pk,
        actor_label=actor.label[:80],
        item_count=last.sequence,
    )
    outbox.enqueue(JOB, key=str(run.code), export=str(run.code))
    audit.record(
        "harassment.export.requested",
        actor=actor,
        target=str(run.code),
        data={"case": case.label, "items": run.item_count},
    )
    live.poke("exports")
    return run


def build_export(*, code: str) -> None:
    """Make the file of a requested export; safe to run twice and after a kill."""
    run = ExportedEvidence.objects.select_related("case").filter(code=code).first()
    if run is None or not _goes_on(run, 0):
        return
    try:
        with make(run, lambda done: _goes_on(run, done)) as made:
            stored = run.file.storage.save(f"exports/{run.code}.zip", made.file)
    except Cancelled:
        return
    except (NoSigningKey, StampError, TypesetError, TooLargeError) as error:
        logger.warning("export %s stopped: %s", run.code, error)
        sentences = {NoSigningKey: NO_KEY, StampError: NO_STAMP, TypesetError: NO_PDF}
        _end(run, State.FAILED, error=sentences.get(type(error), TOO_LARGE))
        return
    is_ours = _end(
        run,
        State.DONE,
        file=stored,
        size=made.size,
        sha256=made.sha256,
        items_done=run.item_count,
        expires_at=timezone.now() + timedelta(hours=settings.EXPORT_KEEP_HOURS),
    )
    if not is_ours:
        run.file.storage.delete(stored)


@transaction.atomic
def cancel_export(*, run: ExportedEvidence, actor: User) -> bool:
    """Stop one that is not finished; False when it was. Pokes "exports"."""
    stopped = _unfinished(run).update(state=State.CANCELLED, finished_at=timezone.now())
    if stopped:
        audit.record("harassment.export.cancelled", actor=actor, target=str(run.code))
        live.poke("exports")
    return bool(stopped)


def note_download(*, run: ExportedEvidence, actor: User) -> None:
    """Leave a trace: somebody took the file."""
    audit.record(
        "harassment.export.downloaded",
        actor=actor,
        target=str(run.code),
        data={"sha256": run.sha256},
    )


@transaction.atomic
def remove_copies(*, case: Case, number: int) -> int:
    """Remove the files that still lie here and hold an item whose words have gone; how many.

    Their rows stay: who took what and when. What already left cannot be called back.
    """
    holding = ExportedEvidence.objects.select_for_update().filter(case=case, item_count__gte=number)
    removed = 0
    for run in holding.exclude(file=""):
        transaction.on_commit(partial(run.file.storage.delete, str(run.file.name)))
        removed += ExportedEvidence.objects.filter(pk=run.pk).update(file="")
    if removed:
        live.poke("exports")
    return removed


def expire_exports() -> int:
    """Remove the files whose time is over, in every open workspace; how many. For public code."""
    removed = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace):
            now = timezone.now()
            for run in ExportedEvidence.objects.filter(expires_at__lt=now).exclude(file=""):
                run.file.storage.delete(str(run.file.name))
                ExportedEvidence.objects.filter(pk=run.pk).update(file="")
                removed += 1
            for run in ExportedEvidence.objects.filter(
                state__in=ExportedEvidence.UNFINISHED, created_at__lt=now - STUCK
            ):
                _end(run, State.FAILED, error=GAVE_UP)
    return removed


def _unfinished(run: ExportedEvidence) -> models.QuerySet[ExportedEvidence]:
    return ExportedEvidence.objects.filter(pk=run.pk, state__in=ExportedEvidence.UNFINISHED)


@transaction.atomic
def _goes_on(run: ExportedEvidence, done: int) -> bool:
    """Note how far it is and tell the page; False when a person cancelled it."""
    outbox.extend_lease()
    going = _unfinished(run).update(state=State.RUNNING, items_done=done)
    live.poke("exports")
    return bool(going)


@transaction.atomic
def _end(run: ExportedEvidence, state: str, **changes: object) -> bool:
    ended = _unfinished(run).update(state=state, finished_at=timezone.now(), **changes)
    if ended and state == State.DONE:
        CaseEvent.objects.create(
            case_id=run.case_id,
            kind=CaseEvent.Kind.EXPORTED,
            actor_id=run.actor_id,
            actor_label=run.actor_label,
            note=run.recipient,
            data={"items": run.item_count},
        )
        live.poke("case")
    if ended:
        audit.record(
            f"harassment.export.{state}",
            target=str(run.code),
            data={"items": run.item_count, "sha256": changes.get("sha256", "")},
        )
        live.poke("exports")
    return bool(ended)
