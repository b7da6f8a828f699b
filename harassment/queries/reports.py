"""Reports about cases: what one is made of, how complete it is, and which answers are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Max, Min, OuterRef, QuerySet, Subquery
from django.http import Http404

from accounts.models import Membership
from harassment import signing
from harassment.chain import link_hash
from harassment.detection.summary import summarise
from harassment.exports.items import erased, held, item_of
from harassment.exports.verify import check_item
from harassment.models import Case, Evidence, Report
from harassment.reports.checking import Check, checks
from harassment.reports.composing import Composed, compose, form_text, prescribed_on
from harassment.reports.facts import PLATFORM, Facts, Item
from harassment.reports.following import Mark, marks

OFFERED = 40  # sealed comments to choose from, the gravest first
SHOWN = 50
LOOKED_AT = 400  # links among which the offered ones are found


@dataclass(frozen=True, slots=True)
class Offered:
    """One sealed comment that a report may point to; it never holds the words."""

    number: int
    summary: str
    short_hash: str
    severity: int

    @property
    def text_number(self) -> str:
        """The number as a submitted form has it."""
        return str(self.number)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The page of one report."""

    report: Report
    composed: Composed
    checks: tuple[Check, ...]
    marks: tuple[Mark, ...]
    prescribed_on: date | None
    form_text: str  # of a platform's form, when it is one
    form_address: str

    @property
    def met(self) -> int:
        """How many points hold."""
        return sum(check.is_met for check in self.checks)

    @property
    def is_complete(self) -> bool:
        """Whether a person may approve it."""
        return self.met == len(self.checks)


def report_for(membership: Membership, code: UUID) -> Report:
    """The report with its case and account. Http404 when the person may not see it."""
    reports = Report.objects.visible_to(membership).select_related("case__account")
    found = reports.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def reports_of(case: Case) -> list[Report]:
    """The newest reports about a case: one query."""
    return list(Report.objects.filter(case=case)[:SHOWN])


def reports_open(membership: Membership) -> list[Report]:
    """What is not finished in the whole workspace, the nearest reminder first: one query."""
    states = (Report.State.DRAFT, Report.State.APPROVED, Report.State.SENT)
    reports = Report.objects.visible_to(membership).filter(state__in=states)
    return list(reports.select_related("case").order_by("remind_at", "-created_at")[:SHOWN])


def report_page(report: Report) -> ReportPage:
    """What its page shows, in two queries."""
    facts = report_facts(report)
    form = facts.form
    return ReportPage(
        report=report,
        composed=compose(facts),
        checks=checks(facts),
        marks=marks(report.kind, report.sent_at, report.answered_at),
        prescribed_on=prescribed_on(facts),
        form_text=form_text(facts) if report.kind == PLATFORM else "",
        form_address=form.address if form else "",
    )


def report_facts(report: Report) -> Facts:
    """Everything the report is composed from; what was erased stays away. Two queries."""
    case, account = report.case, report.case.account
    newest = Evidence.objects.filter(case=OuterRef("pk")).order_by("-sequence").values("hash")
    told = (
        Case.objects.filter(pk=case.pk)
        .values("pk")
        .annotate(
            comments=Count("incidents"),
            authors=Count("incidents__comment__author_external_id", distinct=True),
            first=Min("incidents__comment__published_at"),
            last=Max("incidents__comment__published_at"),
            head=Subquery(newest[:1]),
        )
        .get()
    )
    return Facts(
        kind=report.kind,
        language=report.language,
        reference=f"{case.label} / {report.short_code}",
        platform=account.platform,
        account=str(account),
        recipient=report.recipient,
        ground_slug=report.ground,
        why=report.why,
        harm=report.harm,
        asked=report.asked,
        addresses=tuple(line.strip() for line in report.addresses.splitlines() if line.strip()),
        items=tuple(_item(row) for row in _rows(case, report.items)),
        sender_name=report.sender_name,
        sender_email=report.sender_email,
        is_nameless=report.is_nameless,
        is_good_faith=report.is_good_faith,
        has_words=report.has_words,
        comments=told["comments"],
        authors=told["authors"],
        first_at=told["first"],
        last_at=told["last"],
        key=_key(),
        head=told["head"] or "",
    )


def offered_items(case: Case, *, chosen: Sequence[int] = ()) -> list[Offered]:
    """Sealed comments of the case to choose from, each once with its newest wording: one query."""
    rows = (
        Evidence.objects.filter(case=case)
        .order_by("-comment__incident__severity", "-sequence")
        .values_list(
            "sequence", "hash", "comment_id", "comment__incident__severity",
            "comment__incident__kinds",
        )[:LOOKED_AT]
    )  # fmt: skip
    found: dict[int, Offered] = {}
    for sequence, digest, comment_id, severity, kinds in rows:
        is_new = comment_id not in {*found} and len(found) < OFFERED
        if is_new or sequence in chosen:
            found[comment_id if is_new else -sequence] = Offered(
                number=sequence,
                summary=summarise(kinds or ()),
                short_hash=f"{digest[:4]} {digest[4:8]}",
                severity=severity or 0,
            )
    return sorted(found.values(), key=lambda one: one.number)


def _rows(case: Case, numbers: Sequence[int]) -> QuerySet[Evidence]:
    return (
        Evidence.objects.filter(case=case, sequence__in=numbers)
        .select_related("content", "comment__incident", "comment__post")
        .order_by("sequence")
    )


def _item(row: Evidence) -> Item:
    whole = item_of(row)
    known, gone = held(whole), set(erased(whole))
    changed, _ = check_item(row.payload, whole)
    is_linked = link_hash(row.previous_hash, row.payload) == row.hash
    post = known.get("post") or {}
    incident = getattr(row.comment, "incident", None)
    return Item(
        number=row.sequence,
        hash=row.hash,
        sealed_at=row.captured_at,
        published_at=row.comment.published_at,
        address=known.get("comment.permalink") or "",
        author=known.get("author.handle") or known.get("author.name") or "",
        post=post.get("title") or "",
        post_address=post.get("url") or "",
        kinds=tuple(incident.kinds) if incident else (),
        words=known.get("comment.text") or "",
        is_erased="comment.text" in gone,
        is_intact=is_linked and not changed,
    )


def _key() -> str:
    try:
        return signing.public_key()
    except signing.NoSigningKey:
        return ""
