"""Why a comment was judged as it was, for the person who asks and no further than they may read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts import outbox
from accounts.models import Job, Membership, User
from harassment.detection.normalise import normalise
from harassment.detection.summary import label_word
from harassment.detection.wording import (
    language_phrase,
    level_phrase,
    mood_phrase,
    trick_phrase,
    weight_phrase,
)
from harassment.models import Reveal, ToxicityScore
from harassment.queries.rows import HARMLESS, WHOLE, CommentRow, row_of, row_values
from integrations.models import Comment

EXPLAIN_JOB = "harassment.explain_comment"
EARLIER_SHOWN = 10
WORDS_SHOWN = 8  # in the list beside the marked text
_WEIGHTS = (0.1, 1 / 3, 2 / 3)  # of the heaviest word: from here on a little, some, much
_LIGHTEST = 0.02  # a word that carries less of the judgement is not marked

State = Literal["unjudged", "unasked", "waiting", "late", "failed", "ready"]

_COLUMNS = (
    "is_revealed", "score__labels", "score__sentiment", "score__model_version",
    "score__scored_at", "score__explanation__head", "score__explanation__probability",
    "score__explanation__threshold", "score__explanation__level", "score__explanation__words",
    "score__explanation__tricks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One head of the classifier with its probability."""

    label: str
    figure: str
    is_leading: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the wording; `level` says how much of the judgement it carries, 0 to 3."""

    text: str
    level: int

    @property
    def share(self) -> str:
        """The level in words."""
        return weight_phrase(self.level)


@dataclass(frozen=True, slots=True)
class Ground:
    """The leading head against the threshold that counted. Texts are empty behind the mask."""

    label: str
    percent: int
    figure: str
    threshold_percent: int
    sentence: str
    tricks: tuple[str, ...]
    pieces: tuple[Piece, ...]
    carriers: tuple[Piece, ...]  # the words that carried most, the heaviest first
    plain: str


@dataclass(frozen=True, slots=True)
class EarlierScore:
    """What an earlier model said, or what was said of an earlier wording."""

    severity: int
    figure: str
    model_version: str
    at: datetime
    is_of_this_wording: bool


@dataclass(frozen=True)
class Reason:
    """All that is known of a judgement."""

    row: CommentRow
    state: State
    is_readable: bool  # whether the person may see its words in this answer
    heads: tuple[HeadLine, ...]
    sentiment: float | None
    model_version: str
    scored_at: datetime | None
    ground: Ground | None
    earlier: tuple[EarlierScore, ...]

    @property
    def language(self) -> str:
        """The language it was read in."""
        return language_phrase(self.row.language)

    @property
    def mood(self) -> str:
        """How warm it is; empty when the model does not say."""
        return "" if self.sentiment is None else mood_phrase(self.sentiment)

    @property
    def hidden_points(self) -> int:
        """How much of its hostility a disguise hid, out of 100; 0 when that did not matter."""
        return round(self.row.evasion * 100) if self.row.is_evasive else 0

    @property
    def times_judged(self) -> int:
        """How often it was judged, as far as the list of earlier scores goes."""
        return len(self.earlier) + 1

    @property
    def is_asked_again(self) -> bool:
        """Whether the page looks again by itself: the worker is at it or will be."""
        return self.state in {"waiting", "late"}


def comment_reason(membership: Membership, user: User, code: UUID) -> Reason:
    """Why a comment was judged as it was, in three queries. Http404 when it may not be seen.

    The words leave the database only when they are harmless, or when the person has revealed
    this very wording within settings.REVEAL_SECONDS.
    """
    reveals = Reveal.objects.filter(
        comment=OuterRef("pk"),
        user_id=user.pk,
        text_hash=OuterRef("text_hash"),
        at__gt=timezone.now() - timedelta(seconds=settings.REVEAL_SECONDS),
    )
    comments = Comment.objects.visible_to(membership).filter(code=code)
    found = row_values(
        comments.annotate(is_revealed=Exists(reveals)),
        excerpt=WHOLE,
        extra=(*_COLUMNS, "text_hash"),
        shown=HARMLESS | Q(is_revealed=True),
    ).first()
    if found is None:
        raise Http404
    row = row_of(found)
    if row.score_severity is None:
        return Reason(row, "unjudged", False, (), None, "", None, None, ())  # noqa: FBT003
    ground = _ground(found, row) if found["score__explanation__head"] else None
    return Reason(
        row=row,
        state="ready" if ground else _state(outbox.pending(EXPLAIN_JOB, str(code))),
        is_readable=not row.is_masked or found["is_revealed"],
        heads=_heads(found["score__labels"], found["score__explanation__head"] or ""),
        sentiment=found["score__sentiment"],
        model_version=found["score__model_version"],
        scored_at=found["score__scored_at"],
        ground=ground,
        earlier=tuple(_earlier(row, found["text_hash"])),
    )


def _state(job: Job | None) -> State:
    if job is None:
        return "unasked"
    if job.state == Job.State.DEAD:
        return "failed"
    return "late" if job.error else "waiting"


def _heads(labels: dict[str, float], leading: str) -> tuple[HeadLine, ...]:
    ordered = sorted(labels.items(), key=lambda item: -item[1])
    return tuple(
        HeadLine(label_word(name), _percent(value), name == leading) for name, value in ordered
    )


def _ground(found: dict[str, Any], row: CommentRow) -> Ground:
    of = "score__explanation__"
    probability, threshold = found[f"{of}probability"], found[f"{of}threshold"]
    pieces = tuple(_pieces(row.text, found[f"{of}words"]))
    carriers = [piece for piece in pieces if piece.level]
    carriers.sort(key=lambda piece: -piece.level)
    return Ground(
        label=label_word(found[f"{of}head"]),
        percent=round(probability * 100),
        figure=_percent(probability),
        threshold_percent=round(threshold * 100),
        sentence=level_phrase(found[f"{of}level"], _percent(threshold)),
        tricks=tuple(trick_phrase(trick) for trick in found[f"{of}tricks"]),
        pieces=pieces,
        carriers=tuple(carriers[:WORDS_SHOWN]),
        plain=normalise(row.text) if row.text else "",
    )


def _pieces(text: str, words: Sequence[tuple[int, int, float]]) -> Iterable[Piece]:
    """The text in stretches, the carrying words marked; nothing of an empty text."""
    at = 0
    heaviest = max((share for *_span, share in words), default=0.0)
    for start, end, share in words:
        level = sum(share >= least * heaviest for least in _WEIGHTS)
        if not level or share < _LIGHTEST or start < at or end > len(text):
            continue
        if start > at:
            yield Piece(text[at:start], 0)
        yield Piece(text[start:end], level)
        at = end
    if at < len(text):
        yield Piece(text[at:], 0)


def _earlier(row: CommentRow, text_hash: str) -> Iterable[EarlierScore]:
    scores = ToxicityScore.objects.filter(comment_id=row.pk, is_current=False)
    for score in scores.order_by("-scored_at", "-pk")[:EARLIER_SHOWN]:
        yield EarlierScore(
            severity=score.severity,
            figure=_percent(score.toxicity),
            model_version=score.model_version,
            at=score.scored_at,
            is_of_this_wording=score.text_hash == text_hash,
        )


def _percent(value: float) -> str:
    return _("%(value)s %%") % {"value": formats.number_format(round(value * 100))}
