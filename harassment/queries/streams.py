"""What is on air now, and how its chat goes: counts for the live page and for the coach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import TruncMinute
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from ai_agents.coaching import BEFORE_MINUTES, NOW_MINUTES, StreamFigures, Stretch
from harassment.models import MASKED_FROM, ShieldHold, ToxicityScore
from harassment.queries.counts import ask_together
from harassment.queries.rows import CommentRow, comment_rows, with_judgement
from integrations.models import Comment, LiveChat, MetricPoint, Post, SyncCursor
from integrations.models.content import CommentQuerySet
from integrations.platforms.live import LIVE

SILENT_MOST = timedelta(minutes=20)
"""A chat that nobody announces (Twitch's) counts as over when nobody wrote for so long."""
HEARD = timedelta(minutes=3)  # what was heard longer ago says nothing about now
DRAWN_MINUTES, DRAWN_LEAST = 30, 10
ROWS = 15
VIEWERS_KEPT = timedelta(hours=2)
LEVELS: tuple[tuple[float, str, Promise], ...] = (  # of the masked share, the highest first
    (0.25, "danger", _("Very rough")),
    (0.10, "danger", _("Rough")),
    (0.03, "warn", _("Harsh in parts")),
    (0.0, "ok", _("Calm")),
)
_MINUTE = timedelta(minutes=1)
_CHAT = (
    "account_id", "account__code", "account__platform", "account__display_name", "found_post",
    "found_title", "began_at", "heard_at", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """A broadcast whose chat is heard. `post_id` is None until somebody has written."""

    account_id: int
    account_code: UUID
    platform: str
    account_name: str
    post_id: int | None
    title: str  # outside text, never trusted
    began_at: datetime
    heard_at: datetime | None
    reason: str  # English msgid: why it is not heard

    @property
    def is_heard(self) -> bool:
        """Whether its figures are those of this moment."""
        return self.heard_at is not None and timezone.now() - self.heard_at < HEARD


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a chat."""

    at: datetime
    messages: int
    masked: int


@dataclass(frozen=True, slots=True)
class StreamPage:
    """How a chat goes: what the page draws and the coach judges by."""

    figures: StreamFigures
    minutes: tuple[Minute, ...]
    people: int
    """Who wrote in the last quarter of an hour."""
    viewers: int | None
    viewers_at: datetime | None

    @property
    def judged(self) -> int:
        """Of the messages of that quarter of an hour, those that were judged."""
        return self.figures.now.judged + self.figures.before.judged

    @property
    def masked(self) -> int:
        """And of these, those whose words are covered."""
        return self.figures.now.masked + self.figures.before.masked

    @property
    def waiting(self) -> int:
        """And those that were not judged yet."""
        messages = self.figures.now.messages + self.figures.before.messages
        return messages - self.judged

    @property
    def level(self) -> tuple[str, Promise] | None:
        """Tint and word for how rough it is; None when nothing was judged."""
        if not self.judged:
            return None
        share = self.masked / self.judged
        return next((tint, word) for least, tint, word in LEVELS if share >= least)


def streams_on_air(membership: Membership | None, *, account_id: int = 0) -> list[Stream]:
    """The broadcasts that are on air, the newest first; one query.

    `membership` None: of everybody, for a job; then `account_id` names one account.
    """
    now = timezone.now()
    chats = LiveChat.objects.open()
    said: QuerySet[Comment] = Comment.objects.filter(
        external_id__startswith=LIVE, published_at__gt=now - SILENT_MOST, post__isnull=False
    ).exclude(Exists(LiveChat.objects.filter(account=OuterRef("account"))))
    if membership is not None and membership.confined_to is not None:
        chats = chats.filter(account__owner_id=membership.confined_to)
        said = said.filter(account__owner_id=membership.confined_to)
    if account_id:
        chats, said = chats.filter(account=account_id), said.filter(account=account_id)
    post = Post.objects.filter(
        account=OuterRef("account"), external_id=OuterRef("post_external_id")
    ).values("pk")
    heard = SyncCursor.objects.filter(account=OuterRef("account"), stream="chat").values(
        "watermark"
    )
    found = ask_together(
        lists={
            "chats": chats.annotate(found_post=Subquery(post), found_title=F("title"))
            .order_by("-began_at")
            .values_list(*_CHAT),
            "said": said.order_by()
            .values(
                "account_id",
                "account__code",
                "account__platform",
                "account__display_name",
                found_post=F("post_id"),
                found_title=F("post__title"),
                began_at=F("post__published_at"),
                heard_at=Subquery(heard),
                reason=Value(""),
            )
            .annotate(first=Min("published_at"), last=Max("published_at"))
            .values_list(*_CHAT, "first", "last"),
        }
    )
    streams = [_stream(row) for row in found["chats"]]
    newest: dict[int, list[Any]] = {}
    for row in sorted(found["said"], key=lambda row: str(row[-1])):
        newest[row[0]] = row  # of two broadcasts of an account, the later one runs
    for row in newest.values():
        *told, first, last = row
        began, watermark = told[6] or first, told[7]
        told[6], told[7] = began, max(watermark or last, last)
        streams.append(_stream(told))
    return sorted(streams, key=lambda stream: stream.began_at, reverse=True)


def _stream(row: list[Any]) -> Stream:
    account_id, code, platform, name, post_id, title, began_at, heard_at, reason = row
    return Stream(
        account_id=account_id,
        account_code=UUID(code),
        platform=platform,
        account_name=name,
        post_id=post_id,
        title=title or "",
        began_at=datetime.fromisoformat(began_at),
        heard_at=datetime.fromisoformat(heard_at) if heard_at else None,
        reason=reason,
    )


def stream_page(stream: Stream) -> StreamPage:
    """How the chat of a stream goes, up to when it was last heard. One query."""
    now = timezone.now()
    until = stream.heard_at if stream.heard_at and stream.is_heard else now
    edge = until - timedelta(minutes=NOW_MINUTES)
    start = max(edge - timedelta(minutes=BEFORE_MINUTES), stream.began_at)
    since = until.replace(second=0, microsecond=0) - _MINUTE * (DRAWN_MINUTES - 1)
    said = _said(stream)
    judged = with_judgement(said)
    is_masked = Q(score_severity__gte=MASKED_FROM)
    windows = {"now": Q(published_at__gt=edge), "before": Q(published_at__lte=edge)}
    counts = {
        f"{name}_{what}": Count(counted, filter=window & condition, distinct=is_distinct)
        for name, window in windows.items()
        for what, counted, condition, is_distinct in (
            ("messages", "pk", Q(), False),
            ("judged", "pk", Q(score_severity__isnull=False), False),
            ("masked", "pk", is_masked, False),
            ("chatters", "author_external_id", Q(), True),
            ("questions", "pk", Q(text__contains="?"), False),
        )
    }
    names = [*counts, "people"]
    viewers = MetricPoint.objects.filter(
        post=stream.post_id, name="viewers", at__gt=now - VIEWERS_KEPT
    )
    found = ask_together(
        lists={
            "recent": judged.filter(published_at__gt=start)
            .order_by()
            .values(one=Value(1))
            .annotate(**counts, people=Count("author_external_id", distinct=True))
            .values_list(*names),
            "minutes": judged.filter(published_at__gte=since)
            .order_by()
            .annotate(minute=TruncMinute("published_at", tzinfo=UTC))
            .values("minute")
            .annotate(n=Count("pk"), masked=Count("pk", filter=is_masked))
            .values_list("minute", "n", "masked"),
            "whole": said.order_by()
            .values(one=Value(1))
            .annotate(n=Count("pk"), last=Max("published_at"))
            .values_list("n", "last"),
            "viewers": viewers.order_by("-at").values_list("value", "at")[:1],
        }
    )
    recent = dict(zip(names, found["recent"][0], strict=True)) if found["recent"] else {}
    messages, last = found["whole"][0] if found["whole"] else (0, None)
    quiet_since = datetime.fromisoformat(last) if last else stream.began_at
    figures = StreamFigures(
        minutes=_minutes(until - stream.began_at),
        messages=messages,
        quiet_minutes=_minutes(until - quiet_since),
        now=_stretch(recent, "now", _minutes(until - max(edge, stream.began_at))),
        before=_stretch(recent, "before", _minutes(edge - start)),
    )
    value, at = found["viewers"][0] if found["viewers"] else (None, None)
    return StreamPage(
        figures=figures,
        minutes=_drawn(
            found["minutes"], since, min(stream.began_at, until - _MINUTE * DRAWN_LEAST)
        ),
        people=recent.get("people", 0),
        viewers=value,
        viewers_at=datetime.fromisoformat(at) if at else None,
    )


def stream_rows(stream: Stream, show: str) -> list[CommentRow]:
    """The newest messages of a chat, masked as everywhere: "all", "masked" or "questions"."""
    comments = _said(stream, with_own=show == "all")
    if show == "masked":
        harsh = ToxicityScore.objects.current().filter(
            comment=OuterRef("pk"), severity__gte=MASKED_FROM
        )
        held = ShieldHold.objects.active().filter(comment=OuterRef("pk"))
        comments = comments.filter(Exists(harsh) | Exists(held))
    elif show == "questions":
        comments = comments.filter(text__contains="?")
    return comment_rows(comments.order_by("-published_at", "-pk")[:ROWS])


def _said(stream: Stream, *, with_own: bool = False) -> CommentQuerySet:
    if stream.post_id is None:
        return Comment.objects.none()
    said = Comment.objects.filter(
        post=stream.post_id, account=stream.account_id, external_id__startswith=LIVE
    )
    return said if with_own else said.filter(is_own=False)


def _stretch(recent: Mapping[str, int], name: str, minutes: float) -> Stretch:
    whats = ("messages", "judged", "masked", "chatters", "questions")
    return Stretch(minutes, **{what: recent.get(f"{name}_{what}", 0) for what in whats})


def _minutes(span: timedelta) -> float:
    return max(span / _MINUTE, 0.0)


def _drawn(rows: list[list[Any]], since: datetime, start: datetime) -> tuple[Minute, ...]:
    """Every minute from `start` on, at most DRAWN_MINUTES, those without a message too."""
    # PostgreSQL cuts in UTC and says so nowhere.
    counted = {
        datetime.fromisoformat(at).replace(tzinfo=UTC): (n, masked) for at, n, masked in rows
    }
    minutes = (since + _MINUTE * step for step in range(DRAWN_MINUTES))
    return tuple(Minute(at, *counted.get(at, (0, 0))) for at in minutes if at + _MINUTE > start)
