"""A comment as a list shows it: the words of an abusive one never leave the database."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    FilteredRelation,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Left, Length
from django.utils import formats
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harassment.detection.summary import kind_word, summarise, telling
from harassment.detection.wording import target_phrase
from harassment.models import (
    EVASIVE_FROM,
    MASKED_FROM,
    UNCOVERED,
    Incident,
    Severity,
    ShieldHold,
)
from harassment.queries.labels import labels_of_comment
from harassment.queries.signals import SignalLine, signal_lines, signals_of_comment
from integrations.models import Comment

EXCERPT = 280  # characters of a harmless comment in a row
WHOLE = 20_000  # and on its own page; more is never stored
# Whose words are shown unasked. The present judgement decides, whatever an earlier one said, but
# once a person has decided, that stands.
HARMLESS = Q(is_own=True) | (
    Q(is_held=False, score_severity__lt=MASKED_FROM)
    & (Q(incident=None) | Q(incident__state=Incident.State.OPEN))
)

# Where a comment is out of sight: the icon and the word for it.
_OUT_OF_SIGHT: dict[str, tuple[str, Promise]] = {
    Comment.Visibility.DELETED: ("x", gettext_lazy("Deleted")),
    Comment.Visibility.REJECTED: ("hide", gettext_lazy("Rejected")),
    Comment.Visibility.HELD: ("hide", gettext_lazy("Hidden")),
    Comment.Visibility.SPAM: ("hide", gettext_lazy("Hidden")),
    Comment.Visibility.PRIVATE: ("lock", gettext_lazy("Private message")),
}
_WEB = re.compile(r"https?://[^\s<>\"]+\Z", re.IGNORECASE)
_COLUMNS = (
    "pk", "code", "author_external_id", "author_handle", "author_name", "published_at",
    "edited_at", "visibility", "is_own", "is_cut", "permalink", "length", "shown_text",
    "score_severity", "score_kinds", "score_language", "score_evasion", "account__code",
    "account__platform", "account__display_name", "incident__state", "incident__severity",
    "incident__kinds", "incident__target", "incident__decided_at", "incident__decided_by_label",
    "incident__case__code", "incident__case__number", "signals_found", "labels_found",
    "is_held", "source", "capture__person", "capture__captured_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corner:
    """The corner of a line in the list: a word, and an icon or none."""

    icon: str
    word: str


@dataclass(frozen=True, slots=True)
class CommentRow:
    """One comment for a page. `text` is empty unless its words may be shown unasked."""

    pk: int
    code: UUID
    author_name: str
    author_handle: str
    author_external_id: str
    published_at: datetime
    edited_at: datetime | None
    visibility: str
    is_own: bool
    is_cut: bool
    permalink: str
    length: int
    text: str
    score_severity: int | None
    kinds: tuple[str, ...]
    language: str
    evasion: float
    account_code: UUID
    platform: str
    account_name: str
    incident_state: str
    incident_severity: int | None
    decided_at: datetime | None
    decided_by: str
    case_code: UUID | None
    case_number: int | None
    target: str
    signals: tuple[SignalLine, ...]
    labels: tuple[str, ...]  # that rules put on it; "" wishes for a person's look
    is_held: bool  # by a shield that is up, until a person lets it through
    source: str
    captured_by: str  # who brought it from their own screen; empty for all others
    captured_at: datetime | None

    @property
    def provenance(self) -> str:
        """Where it came from before any platform told of it; empty when one told first."""
        if self.source == Comment.Source.IMPORT:
            return _("From a file. The platform has not confirmed it.")
        if self.captured_at is None:
            return ""
        told = {
            "date": formats.date_format(localtime(self.captured_at), "DATETIME_FORMAT"),
            "who": self.captured_by,
        }
        if self.source == Comment.Source.CAPTURE:
            sentence = _(
                "Captured by hand on %(date)s by %(who)s. The platform has not confirmed it."
            )
        else:
            sentence = _("Captured by hand on %(date)s by %(who)s. The platform told of it later.")
        return sentence % told

    @property
    def origin(self) -> str:
        """The same in a few words, for a line; empty when a platform told of it."""
        if self.source == Comment.Source.API:
            return ""
        is_file = self.source == Comment.Source.IMPORT
        return _("From a file") if is_file else _("Captured by hand")

    @property
    def provenance_icon(self) -> str:
        """The icon for it."""
        return "file" if self.source == Comment.Source.IMPORT else "screen"

    @property
    def is_judged(self) -> bool:
        """Whether the present wording has a score."""
        return self.score_severity is not None or self.is_own

    @property
    def is_masked(self) -> bool:
        """Whether the words stay on the server: abusive, decided about, or not judged yet."""
        if self.is_own:
            return False
        if self.is_held or self.score_severity is None or self.score_severity >= MASKED_FROM:
            return True
        return self.is_decided

    @property
    def is_milder(self) -> bool:
        """Whether it waits as an incident although the present judgement finds no abuse in it."""
        return self.is_incident_open and not self.is_masked

    @property
    def is_uncovered(self) -> bool:
        """Whether the model does not know the language: only a person can say what it means."""
        return self.language == UNCOVERED

    @property
    def is_evasive(self) -> bool:
        """Whether a disguise hid from a quick look what it says."""
        return self.evasion > EVASIVE_FROM

    @property
    def severity(self) -> int:
        """The incident's, which never lowers by itself, else the score's; 0 for none."""
        return self.incident_severity or self.score_severity or 0

    @property
    def summary(self) -> str:
        """What it is about in neutral words, in the reader's language."""
        # Signals open an incident also while no model can judge.
        is_known = self.is_judged or bool(self.kinds)
        if self.is_held and self.severity < MASKED_FROM:
            return _("Held by the shield")
        return summarise(self.kinds) if is_known else _("Not judged yet")

    @property
    def tag(self) -> str:
        """The gravest kind, for the corner of a row that a person must see; else nothing."""
        kinds = telling(self.kinds) if self.severity >= MASKED_FROM else []
        return kind_word(kinds[0]) if kinds else ""

    @property
    def corner(self) -> Corner:
        """How it was decided, where it is hidden, what its case is, or what it is about."""
        if self.incident_state == Incident.State.DISMISSED:
            return Corner("check", _("Not abuse"))
        if self.visibility in _OUT_OF_SIGHT:
            icon, word = _OUT_OF_SIGHT[self.visibility]
            return Corner(icon, str(word))
        if self.incident_state == Incident.State.ACTED:
            return Corner("check", _("Dealt with"))
        if self.case_label and self.severity < Severity.CRITICAL:
            return Corner("case", self.case_label)
        return Corner("", self.tag or (_("Language not covered") if self.is_uncovered else ""))

    @property
    def has_harmful_signal(self) -> bool:
        """Whether something was found beside the model that hurts somebody."""
        return any(line.is_harmful for line in self.signals)

    @property
    def aim(self) -> str:
        """Whom it is aimed at, where that is somebody else than the creator; else nothing."""
        return target_phrase(self.target)

    @property
    def author(self) -> str:
        """How the author calls themself; empty when the platform did not say."""
        return self.author_name or self.author_handle

    @property
    def handle(self) -> str:
        """The handle where it says more than the name does."""
        return self.author_handle if self.author_handle != self.author else ""

    @property
    def case_label(self) -> str:
        """The case's number as people write it."""
        return "" if self.case_number is None else f"AUR-{self.case_number:04d}"

    @property
    def is_incident_open(self) -> bool:
        """Whether it waits for a person."""
        return self.incident_state == Incident.State.OPEN

    @property
    def is_decided(self) -> bool:
        """Whether a person has decided about it."""
        return bool(self.incident_state) and not self.is_incident_open


def current_score() -> FilteredRelation:
    """For a queryset of comments: the newest score of each, also one of an earlier wording."""
    return FilteredRelation("scores", condition=Q(scores__is_current=True))


def with_judgement(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    """Add the score of the present wording: score_severity (None without one), kinds, language,
    evasion.

    A score of an earlier wording is nobody's: after an edit the comment counts as not judged.
    """
    is_present = Q(score__text_hash=F("text_hash"))
    return comments.annotate(
        score=current_score(),
        score_severity=Case(
            When(is_present, then=F("score__severity")), output_field=SmallIntegerField()
        ),
        score_kinds=F("score__kinds"),
        score_language=Case(
            When(is_present, then=F("score__language")),
            default=Value(""),
            output_field=CharField(),
        ),
        score_evasion=Case(
            When(is_present, then=F("score__evasion")), default=0.0, output_field=FloatField()
        ),
    )


def comment_rows(comments: QuerySet[Comment], *, excerpt: int = EXCERPT) -> list[CommentRow]:
    """Read comments for a page, in the queryset's order, in one query."""
    return [row_of(values) for values in row_values(comments, excerpt=excerpt)]


def row_values(
    comments: QuerySet[Comment],
    *,
    excerpt: int = EXCERPT,
    extra: Sequence[str] = (),
    shown: Q = HARMLESS,
) -> QuerySet[Comment, dict[str, Any]]:
    """The columns of a row and the named extra ones, still lazy; words only of those `shown`."""
    values: QuerySet[Comment, dict[str, Any]] = (
        with_judgement(comments)
        .annotate(
            length=Length("text"),
            signals_found=signals_of_comment(),
            labels_found=labels_of_comment(),
            is_held=Exists(ShieldHold.objects.active().filter(comment=OuterRef("pk"))),
            shown_text=Case(
                When(shown, then=Left("text", excerpt)),
                default=Value(""),
                output_field=TextField(),
            ),
        )
        .values(*_COLUMNS, *extra)
    )
    return values


def row_of(values: dict[str, Any]) -> CommentRow:
    """One row from its columns."""
    kinds: Iterable[str] = values["incident__kinds"] or (
        values["score_kinds"] if values["score_severity"] is not None else ()
    )
    return CommentRow(
        pk=values["pk"],
        code=values["code"],
        author_name=values["author_name"],
        author_handle=values["author_handle"],
        author_external_id=values["author_external_id"],
        published_at=values["published_at"],
        edited_at=values["edited_at"],
        visibility=values["visibility"],
        is_own=values["is_own"],
        is_cut=values["is_cut"],
        permalink=web_address(values["permalink"]),
        length=values["length"],
        text=values["shown_text"],
        score_severity=values["score_severity"],
        kinds=tuple(kinds),
        language=values["score_language"],
        evasion=values["score_evasion"],
        account_code=values["account__code"],
        platform=values["account__platform"],
        account_name=values["account__display_name"],
        incident_state=values["incident__state"] or "",
        incident_severity=values["incident__severity"],
        decided_at=values["incident__decided_at"],
        decided_by=values["incident__decided_by_label"] or "",
        case_code=values["incident__case__code"],
        case_number=values["incident__case__number"],
        target=values["incident__target"] or "",
        signals=signal_lines(values["signals_found"]),
        labels=tuple(values["labels_found"] or ()),
        is_held=values["is_held"],
        source=values["source"],
        captured_by=values["capture__person"] or "",
        captured_at=values["capture__captured_at"],
    )


def web_address(outside: str) -> str:
    """An address from outside when it is http(s), else nothing: no javascript: in a link."""
    return outside if _WEB.match(outside) else ""
