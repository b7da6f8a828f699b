"""What a mail says: which news still concern a person, in neutral words and without names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Grant, Membership, Workspace
from harassment.models import Case, CaseNotice, Incident, MailItem, Report
from harassment.queries.alerts import notice_title

SHOWN_MOST = 20  # lines of one mail; the rest is counted


@dataclass(frozen=True, slots=True)
class MailLine:
    """One thing to tell. `text` holds no comment and no author's name; `path` leads to it."""

    item: MailItem
    text: str
    path: str
    is_danger: bool


def mail_lines(items: Sequence[MailItem], membership: Membership) -> list[MailLine]:
    """Those of the items that the person may still hear and that still matter, in their language.

    Not what was seen in Aura meanwhile, decided, answered, or is out of the person's sight.
    """
    case_of = {item.pk: case for item in items if (case := _case_of(item))}
    dangerous = _dangerous(list(case_of.values()))
    lines = []
    for item in items:
        case = case_of.get(item.pk)
        if not _is_visible(item, case, membership) or not _still_matters(item):
            continue
        path = f"/harassment/cases/{case.code}/" if case else _request_path(item)
        is_danger = case is not None and case.pk in dangerous
        lines.append(MailLine(item, _text(item), path, is_danger))
    return lines


def mail_subject(lines: Sequence[MailLine], workspace: Workspace) -> str:
    """One line: what it is, or how many things there are."""
    if len(lines) == 1:
        subject = lines[0].text
    else:
        subject = ngettext(
            "%(count)d thing to look at in %(workspace)s",
            "%(count)d things to look at in %(workspace)s",
            len(lines),
        ) % {"count": len(lines), "workspace": workspace.name}
    return "Aura: " + " ".join(subject.split())


def mail_body(lines: Sequence[MailLine], membership: Membership, workspace: Workspace) -> str:
    """Plain text: what there is, where it is, and where mails are turned off."""
    shown = lines[:SHOWN_MOST]
    told = "\n\n".join(f"- {line.text}\n  {workspace.url}{line.path}" for line in shown)
    if more := len(lines) - len(shown):
        told += "\n\n" + ngettext("And %(count)d more.", "And %(count)d more.", more) % {
            "count": more
        }
    return "\n\n".join(
        [
            _("Hello %(name)s,") % {"name": membership.user.label},
            _("There is news in %(workspace)s:") % {"workspace": workspace.name},
            told,
            _("This mail quotes no comment and names no author. Both stay in Aura, masked."),
            _("Which mails you get, and when:") + f"\n{workspace.url}/harassment/wellbeing/\n",
        ]
    )


def _case_of(item: MailItem) -> Case | None:
    if item.notice:
        return item.notice.case
    return item.report.case if item.report else None


def _dangerous(cases: Sequence[Case]) -> set[int]:
    found = Incident.objects.filter(case__in=cases).dangerous()
    return set(found.order_by().values_list("case_id", flat=True)) if cases else set()


def _is_visible(item: MailItem, case: Case | None, membership: Membership) -> bool:
    if case is None:
        return membership.may(Grant.RIGHTS)
    for_all = item.notice is not None and item.notice.user_id is None
    if for_all and not membership.may(Grant.MODERATE):
        return False
    return membership.confined_to in {None, case.account.owner_id}


def _still_matters(item: MailItem) -> bool:
    if item.notice:
        is_told = item.notice.seen_at is not None
        is_late = item.notice.kind == CaseNotice.Kind.OVERDUE
        return not is_told and (item.notice.case.is_open or not is_late)
    if item.report:
        is_answered = item.report.state == Report.State.ANSWERED
        return item.report.is_waiting or (item.kind == item.Kind.REPORT_ANSWERED and is_answered)
    return item.asked is not None and item.asked.is_open


def _request_path(item: MailItem) -> str:
    return f"/harassment/requests/{item.asked.code}/" if item.asked else "/"


def _text(item: MailItem) -> str:
    if item.notice:
        title = notice_title(item.notice.kind, item.notice.from_label)
        return f"{_named(item.notice.case)}: {title}"
    if item.report:
        words: Mapping[str, str] = {
            item.Kind.REPORT_DUE: _("No answer yet to “%(report)s”"),
            item.Kind.REPORT_ANSWERED: _("The answer to “%(report)s” is written down"),
        }
        told = words[item.kind] % {"report": item.report.get_kind_display()}
        return f"{_named(item.report.case)}: {told}"
    if item.asked is None:
        return ""
    words = {
        item.Kind.REQUEST_NEW: _("a new request about personal data, to be answered by %(day)s"),
        item.Kind.REQUEST_DUE: _("the answer to this request is due on %(day)s"),
        item.Kind.REQUEST_LATE: _("the legal time of this request is over since %(day)s"),
    }
    day = formats.date_format(timezone.localtime(item.asked.due_at), "DATE_FORMAT")
    return f"{item.asked.label}: {words[item.kind] % {'day': day}}"


def _named(case: Case) -> str:
    return f"{case.label} ({case.get_severity_display()})"
