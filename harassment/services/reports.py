"""Reports about a case: a person writes, approves and sends them; Aura only keeps track."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, live, outbox
from accounts.models import User
from harassment.chain import canonical, utc
from harassment.exports.archive import sha256_of
from harassment.exports.typesetter import TypesetError, typeset
from harassment.models import Case, CaseEvent, MailItem, Report
from harassment.queries.reports import offered_items, report_facts
from harassment.reports.catalogue import forms, suggested_ground
from harassment.reports.checking import checks
from harassment.reports.composing import compose
from harassment.reports.document import document
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM
from harassment.reports.following import next_reminder
from harassment.services.mails import promise_mails

logger = logging.getLogger(__name__)

JOB_TYPESET = "harassment.typeset_report"
JOB_REMIND = "harassment.remind_report"
CHOSEN_FIRST = 5  # items of a new draft: the gravest
NO_PDF = gettext_noop("The PDF could not be made. Tell the operator of this installation.")
FIELDS = (
    "language", "recipient", "ground", "why", "harm", "asked", "addresses", "items", "sender_name",
    "sender_email", "is_nameless", "is_good_faith", "has_words",
)  # fmt: skip

State = Report.State


class ReportRefusedError(Exception):
    """The report was not changed; the message is for the person."""


@transaction.atomic
def begin_report(*, case: Case, kind: str, language: str, actor: User) -> Report:
    """A draft with what the case already knows: recipient, gravest items, their addresses, sender.

    Nothing in it is stated or sent: a person reads, completes and approves it. Pokes "case".
    """
    platform = forms().get(case.account.platform)
    items = sorted(offered_items(case), key=lambda one: (-one.severity, one.number))
    kinds = [kind for kinds in case.incidents.values_list("kinds", flat=True) for kind in kinds]
    report = Report(
        case=case,
        kind=kind,
        language=language,
        recipient=platform.label if platform and kind in {NOTICE, PLATFORM} else "",
        ground=suggested_ground(kinds),
        items=sorted(one.number for one in items[:CHOSEN_FIRST]),
        sender_name=actor.name,
        sender_email=actor.email,
        has_words=kind in {COMPLAINT, BRIEF},
        created_by_label=actor.label[:80],
    )
    report.addresses = "\n".join(
        dict.fromkeys(item.address for item in report_facts(report).items if item.address)
    )
    report.save()
    _note(report, "begun", actor)
    return report


@transaction.atomic
def save_report(*, report: Report, values: Mapping[str, Any], actor: User) -> None:
    """Keep what a person wrote into a draft. Raises ReportRefusedError when it is none."""
    report = _held(report)
    if not report.is_draft:
        raise ReportRefusedError(_("It is approved. Open it again to change it."))
    for name in FIELDS:
        if name in values:
            setattr(report, name, values[name])
    report.changed_at, report.changed_by_label = timezone.now(), actor.label[:80]
    report.save()
    live.poke("case")


@transaction.atomic
def approve_report(*, report: Report, actor: User) -> None:
    """Say that it may leave, and have its PDF made. Raises ReportRefusedError while incomplete."""
    report = _held(report)
    if not report.is_draft:
        raise ReportRefusedError(_("It is no draft any more."))
    missing = [check for check in checks(report_facts(report)) if not check.is_met]
    if missing:
        raise ReportRefusedError(_("Not complete yet: %(what)s") % {"what": missing[0].problem})
    report.state, report.approved_at = State.APPROVED, timezone.now()
    report.approved_by_id, report.approved_by_label = actor.pk, actor.label[:80]
    report.save(update_fields=["state", "approved_at", "approved_by_id", "approved_by_label"])
    _promise_document(report)
    _note(report, "approved", actor)


@transaction.atomic
def reopen_report(*, report: Report, actor: User) -> None:
    """Make an approved report a draft again; its PDF goes. Raises ReportRefusedError once sent."""
    report = _held(report)
    if report.state != State.APPROVED:
        raise ReportRefusedError(_("Only a report that was approved and not sent can be changed."))
    _forget_document(report)
    report.state, report.approved_at = State.DRAFT, None
    report.approved_by_id, report.approved_by_label = None, ""
    report.save()
    _note(report, "reopened", actor)


@transaction.atomic
def note_sent(*, report: Report, sent_at: datetime, reference: str, actor: User) -> None:
    """Write down that a person sent it, and promise the first reminder. Aura sends nothing."""
    report = _held(report)
    if report.state != State.APPROVED:
        raise ReportRefusedError(_("Only an approved report can be sent."))
    report.state, report.sent_at, report.reference = State.SENT, sent_at, reference
    report.sent_by_label = actor.label[:80]
    report.remind_at = next_reminder(report.kind, sent_at, timezone.now())
    report.save(update_fields=["state", "sent_at", "reference", "sent_by_label", "remind_at"])
    _promise_reminder(report)
    _note(report, "sent", actor)


@transaction.atomic
def note_answer(*, report: Report, outcome: str, answer: str, actor: User) -> None:
    """Write down what came back. A mere receipt keeps it waiting; anything else ends the wait."""
    report = _held(report)
    if not report.is_waiting:
        raise ReportRefusedError(_("Nobody waits for an answer to this report."))
    now = timezone.now()
    report.outcome, report.answer, report.answered_by_label = outcome, answer, actor.label[:80]
    if outcome == Report.Outcome.RECEIPT:
        report.received_at = now
    else:
        report.state, report.answered_at, report.remind_at = State.ANSWERED, now, None
        kind = MailItem.Kind.REPORT_ANSWERED
        promise_mails(kind=kind, code=report.code, besides=actor.pk)
    report.save()
    _note(report, "received" if outcome == Report.Outcome.RECEIPT else "answered", actor)


@transaction.atomic
def withdraw_report(*, report: Report, actor: User) -> None:
    """Give it up, whether or not it was sent. Raises ReportRefusedError when it is over already."""
    report = _held(report)
    if report.state in {State.ANSWERED, State.WITHDRAWN}:
        raise ReportRefusedError(_("It is over already."))
    report.state, report.remind_at = State.WITHDRAWN, None
    _forget_document(report)
    report.save()
    _note(report, "withdrawn", actor)


def note_document(*, report: Report, actor: User) -> None:
    """Leave a trace: somebody took the PDF."""
    with transaction.atomic():
        _note(report, "downloaded", actor)


@transaction.atomic
def remind_report(*, code: str, due: str) -> None:
    """Put an overdue answer in front of people, once; a second run finds nothing to do."""
    report = Report.objects.select_for_update().filter(code=code, state=State.SENT).first()
    if report is None or utc(report.remind_at) != due or report.sent_at is None:
        return
    now = timezone.now()
    past = max(now, report.remind_at or now)
    report.reminded_at, report.remind_at = now, next_reminder(report.kind, report.sent_at, past)
    report.save(update_fields=["reminded_at", "remind_at"])
    _promise_reminder(report)
    promise_mails(kind=MailItem.Kind.REPORT_DUE, code=report.code, mark=due)
    _note(report, "reminded", None)


def typeset_report(*, code: str) -> None:
    """Make the PDF of an approved report; safe to run twice and after a kill."""
    report = Report.objects.select_related("case__account").filter(code=code).first()
    if report is None or report.file or report.state not in {State.APPROVED, State.SENT}:
        return
    try:
        with _typeset(report) as pdf:
            digest, _size = sha256_of(pdf)
            with pdf.open("rb") as made:
                stored = report.file.storage.save(f"reports/{report.code}.pdf", File(made))
    except TypesetError as error:
        logger.warning("report %s has no document: %s", report.code, error)
        _finish(report, error=NO_PDF)
        return
    if not _finish(report, file=stored, sha256=digest, error=""):
        report.file.storage.delete(stored)


@transaction.atomic
def renew_documents(*, case: Case, number: int) -> int:
    """Make the PDFs anew that quote an item whose words have gone; how many."""
    quoting = Report.objects.select_for_update().filter(case=case, items__contains=number)
    renewed = 0
    for report in quoting.exclude(file=""):
        _forget_document(report)
        report.save(update_fields=["file", "sha256"])
        _promise_document(report)
        renewed += 1
    return renewed


@contextmanager
def _typeset(report: Report) -> Iterator[Path]:
    with (
        tempfile.TemporaryDirectory(prefix="aura-report-") as name,
        translation.override(report.language),
    ):
        facts = report_facts(report)
        room = Path(name)
        mark = _("Copy for %(recipient)s") % {"recipient": report.recipient or "-"}
        day = utc(report.approved_at) or ""
        data = document(
            compose(facts),
            language=report.language,
            watermark=f"{mark} · {facts.reference} · {day[:10]}",
        )
        (room / "data.json").write_bytes(canonical(data))
        yield typeset(room, "report", _goes_on)


def _goes_on() -> bool:
    outbox.extend_lease()
    return True


def _promise_document(report: Report) -> None:
    outbox.enqueue(JOB_TYPESET, key=str(report.code), report=str(report.code))


def _forget_document(report: Report) -> None:
    if report.file:
        storage, name = report.file.storage, str(report.file.name)
        transaction.on_commit(lambda: storage.delete(name))
    report.file, report.sha256, report.error = "", "", ""


@transaction.atomic
def _finish(report: Report, **changes: object) -> bool:
    ready = Report.objects.filter(
        pk=report.pk, state__in=[State.APPROVED, State.SENT], file="",
        approved_at=report.approved_at,
    )  # fmt: skip
    done = bool(ready.update(**changes))
    if done:
        live.poke("case")
    return done


def _promise_reminder(report: Report) -> None:
    if report.remind_at is None:
        return
    due = utc(report.remind_at)
    # A second early would find it not due; the name of the moment makes each one unique.
    outbox.enqueue(
        JOB_REMIND,
        key=f"{report.code} {due}",
        run_at=report.remind_at + timedelta(seconds=1),
        report=str(report.code),
        due=due,
    )


def _held(report: Report) -> Report:
    locked = Report.objects.select_for_update(of=("self",)).select_related("case__account")
    return locked.get(pk=report.pk)


def _note(report: Report, step: str, actor: User | None) -> None:
    """The line in the timeline of the case and in the audit log."""
    CaseEvent.objects.create(
        case=report.case,
        kind=CaseEvent.Kind.REPORTED,
        actor_id=actor.pk if actor else None,
        actor_label=actor.label[:80] if actor else "",
        data={"step": step, "report": report.kind},
    )
    audit.record(
        f"harassment.report.{step}",
        actor=actor,
        target=str(report.code),
        data={"case": report.case.label, "kind": report.kind, "sha256": report.sha256},
    )
    live.poke("case")
