"""Telling people by e-mail what waits for them: once, gathered, and not in their quiet hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation

from accounts import outbox, tenancy
from accounts.models import Grant, Membership, User
from accounts.queries import people_with
from harassment.models import CaseNotice, MailItem, Report, RightsRequest, Wellbeing
from harassment.queries.exposure import day_began_at, exposure_of, wellbeing_of
from harassment.queries.mails import MailLine, mail_body, mail_lines, mail_subject

JOB_ADDRESS = "harassment.address_mails"
JOB_SEND = "harassment.send_mails"
JOB_REMIND = "harassment.remind_request"
GATHER = timedelta(minutes=1)  # what comes together is told together
PACE = timedelta(minutes=15)  # between two mails to one person
REQUEST_WARNING = timedelta(days=7)  # before the legal time of a request is over
_SENT_WITH = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}  # RFC 3834

Kind = MailItem.Kind


@dataclass(frozen=True, slots=True)
class _Times:
    """From when a person may be told what is danger, and what is not."""

    now: datetime
    danger: datetime
    calm: datetime

    def of(self, line: MailLine) -> datetime:
        """For that line."""
        return self.danger if line.is_danger else self.calm


def promise_mails(*, kind: str, code: UUID, besides: int | None = None, mark: str = "") -> None:
    """Promise that everybody concerned is told, in the caller's transaction.

    `code`: of the notice, report or request. `mark` tells one reminder of it from the next;
    `besides`: the person who did it and knows.
    """
    outbox.enqueue(JOB_ADDRESS, kind=kind, code=str(code), besides=besides, mark=mark)


@transaction.atomic
def address_mails(*, kind: str, code: str, besides: int | None = None, mark: str = "") -> None:
    """Write down who is to be told of it, and promise to tell them. Safe to run twice."""
    source = _source(kind, code)
    if source is None:
        return
    people = set(_concerned(source)) - {besides}
    key = f"{kind} {code} {mark}".strip()
    field = {CaseNotice: "notice", Report: "report", RightsRequest: "asked"}[type(source)]
    MailItem.objects.bulk_create(
        [MailItem(user_id=pk, kind=kind, key=key, **{field: source}) for pk in sorted(people)],
        ignore_conflicts=True,
    )
    for user_id in sorted(people):
        outbox.enqueue(JOB_SEND, run_at=timezone.now() + GATHER, user_id=user_id)


@transaction.atomic
def send_mails(*, user_id: int) -> None:
    """Tell one person everything that waits and may be told now, in one mail.

    Danger goes at once, unless the person wants quiet even then. The rest waits for the end of
    quiet hours, for tomorrow once the day's own limit is reached, and for PACE after the last
    mail; it is dropped when it was seen in Aura meanwhile or when the person wants no mails. A
    mail that fails leaves everything waiting.
    """
    items = list(
        MailItem.objects.waiting()
        .filter(user_id=user_id)
        .select_related("notice__case__account", "report__case__account", "asked")
        .select_for_update(skip_locked=True, of=("self",))
    )
    if not items:
        return
    membership = _membership(user_id)
    if membership is None:
        _settle(items, MailItem.State.DROPPED)
        return
    user, workspace = membership.user, tenancy.current_workspace()
    own = wellbeing_of(user)
    with translation.override(user.language), timezone.override(ZoneInfo(user.timezone)):
        wanted = [line for line in mail_lines(items, membership) if line.is_danger or own.has_mails]
        kept = {line.item.pk for line in wanted}
        _settle([item for item in items if item.pk not in kept], MailItem.State.DROPPED)
        times = _times(own, user)
        due = [line for line in wanted if times.of(line) <= times.now]
        later = [times.of(line) for line in wanted if line not in due]
        if later:
            _promise_later(user_id, min(later))
        if due:
            _settle([line.item for line in due], MailItem.State.SENT)
            EmailMessage(
                mail_subject(due, workspace),
                mail_body(due, membership, workspace),
                to=[user.email],
                headers=_SENT_WITH,
            ).send()


def promise_reminder(asked: RightsRequest) -> None:
    """Promise to remind before the legal time of a request is over, and when it is."""
    for moment in (asked.due_at - REQUEST_WARNING, asked.due_at):
        due = asked.due_at.isoformat()
        outbox.enqueue(
            JOB_REMIND,
            key=f"{asked.code} {moment.isoformat()}",
            run_at=moment + timedelta(seconds=1),  # a second early would find it not due
            request=str(asked.code),
            due=due,
        )


@transaction.atomic
def remind_request(*, code: str, due: str) -> None:
    """Say that a request is nearly due, or late; nothing once it is answered or extended."""
    asked = RightsRequest.objects.open().filter(code=code).first()
    if asked is None or asked.due_at.isoformat() != due:
        return
    kind = Kind.REQUEST_LATE if asked.is_late else Kind.REQUEST_DUE
    promise_mails(kind=kind, code=asked.code, mark=due)


def _source(kind: str, code: str) -> CaseNotice | Report | RightsRequest | None:
    if kind == Kind.NOTICE:
        return CaseNotice.objects.select_related("case__account").filter(code=code).first()
    if kind in {Kind.REPORT_DUE, Kind.REPORT_ANSWERED}:
        return Report.objects.select_related("case__account").filter(code=code).first()
    return RightsRequest.objects.filter(code=code).first()


def _concerned(source: CaseNotice | Report | RightsRequest) -> Iterable[int]:
    """Ids of the people: those it is for, else everybody whose work it is."""
    if isinstance(source, RightsRequest):
        return [one.user_id for one in people_with(Grant.RIGHTS)]
    if isinstance(source, CaseNotice) and source.user_id is not None:
        return [source.user_id]
    everybody = people_with(Grant.MODERATE, owner_id=source.case.account.owner_id)
    here = [one.user_id for one in everybody]
    if isinstance(source, Report):
        own = {source.approved_by_id, source.case.assignee_id}
        return [pk for pk in here if pk in own] or here
    return here


def _membership(user_id: int) -> Membership | None:
    workspace = tenancy.current_workspace()
    with tenancy.public():
        return (
            Membership.objects.active()
            .filter(user_id=user_id, workspace=workspace)
            .select_related("user")
            .first()
        )


def _settle(items: Sequence[MailItem], state: MailItem.State) -> None:
    if items:
        MailItem.objects.filter(pk__in=[item.pk for item in items]).update(
            state=state, settled_at=timezone.now()
        )


def _times(own: Wellbeing, user: User) -> _Times:
    now = timezone.now()
    quiet_until = _quiet_until(own, user, now)
    calm = max(quiet_until, _calm_from(user, now))
    return _Times(now=now, danger=now if own.rings_for_danger else quiet_until, calm=calm)


def _quiet_until(own: Wellbeing, user: User, now: datetime) -> datetime:
    """The end of the quiet hours that run now; `now` when none do."""
    if not own.is_quiet(user, now) or own.quiet_until is None:
        return now
    here = timezone.localtime(now, ZoneInfo(user.timezone))
    end = datetime.combine(here.date(), own.quiet_until, here.tzinfo)
    return end if end > here else end + timedelta(days=1)


def _calm_from(user: User, now: datetime) -> datetime:
    """When what is no danger may be told, as far as the day's limit and the pace go."""
    sent = MailItem.objects.filter(user_id=user.pk, state=MailItem.State.SENT)
    last = sent.order_by("-settled_at").values_list("settled_at", flat=True).first()
    moment = max(now, last + PACE) if last else now
    exposure = exposure_of(user)
    if exposure.today and exposure.is_full:  # a limit of nothing holds no mail back
        moment = max(moment, day_began_at(user) + timedelta(days=1))
    return moment


def _promise_later(user_id: int, moment: datetime) -> None:
    # The moment in the key: what comes meanwhile joins it, and a job that runs is no obstacle.
    outbox.enqueue(JOB_SEND, key=f"{user_id} {moment.isoformat()}", run_at=moment, user_id=user_id)
