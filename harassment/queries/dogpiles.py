"""Unusual waves: what the detector looks at, why one was noticed, and an account's past ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest, Least, TruncHour
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Membership
from harassment.dogpiles import (
    CLEAR_FROM,
    DAY_S,
    HOSTILE_FROM,
    RECENT_S,
    WEIGHED_FROM,
    WINDOW_MOST,
    Heard,
    Rhythm,
    learn,
)
from harassment.models import AccountRhythm, Dogpile
from integrations.models import Comment, SocialAccount

PAGE_SIZE = 50
LEARNED_DAYS = 28
_DAY, _RECENT = timedelta(seconds=DAY_S), timedelta(seconds=RECENT_S)
_HOUR_S = 3600
_CLEARNESS = Greatest(  # as harassment.dogpiles.records.clearness has it
    Least((F("scores__toxicity") - WEIGHED_FROM) / (CLEAR_FROM - WEIGHED_FROM), 1.0), 0.0
)


def windows(stretches: Mapping[int, tuple[datetime, datetime]]) -> dict[int, list[Heard]]:
    """What was heard on each account, for looks at moments from the first to the last given.

    One query for all of them, at most WINDOW_MOST comments of each: everything of the half hour
    before the first look and since, and what may be hostile of the day before the last.
    """
    queries = [_window(account_id, *moments) for account_id, moments in stretches.items()]
    heard: dict[int, list[Heard]] = {account_id: [] for account_id in stretches}
    if not queries:
        return heard
    for row in queries[0].union(*queries[1:], all=True) if len(queries) > 1 else queries[0]:
        account_id, at, author, post_id, text, toxicity, is_known = row
        heard[account_id].append(
            Heard(at.timestamp(), author, str(post_id), text, toxicity, not is_known)
        )
    return heard


def _window(account_id: int, first: datetime, last: datetime) -> QuerySet[Comment, Any]:
    earlier = Comment.objects.filter(
        account_id=OuterRef("account_id"),
        author_external_id=OuterRef("author_external_id"),
        published_at__lt=OuterRef("published_at") - _DAY,
    )
    return (
        Comment.objects.filter(
            Q(published_at__gt=first - _RECENT) | Q(scores__toxicity__gte=HOSTILE_FROM),
            Q(published_at__lte=last) | Q(first_seen_at__lte=last),
            account_id=account_id,
            is_own=False,
            published_at__gt=last - _DAY,
            scores__is_current=True,
        )
        # Nobody writes after we have heard it: a platform whose clock is ahead is corrected.
        .annotate(is_known=Exists(earlier), at=Least("published_at", "first_seen_at"))
        .order_by("-published_at", "-pk")
        .values_list(
            "account_id", "at", "author_external_id", "post_id", "text_norm",
            "scores__toxicity", "is_known",
        )[:WINDOW_MOST]
    )  # fmt: skip


def open_waves(account_ids: Iterable[int]) -> dict[int, Dogpile]:
    """The wave that goes on at each of those accounts, with its case."""
    found = Dogpile.objects.open().filter(account_id__in=account_ids).select_related("case")
    return {dogpile.account_id: dogpile for dogpile in found}


def latest_waves(account_ids: Iterable[int]) -> dict[int, Dogpile]:
    """The newest wave of each of those accounts, with its case."""
    found = (
        Dogpile.objects.filter(account_id__in=account_ids)
        .select_related("case")
        .order_by("account_id", "-started_at", "-pk")
        .distinct("account_id")
    )
    return {dogpile.account_id: dogpile for dogpile in found}


def rhythms(account_ids: Iterable[int]) -> dict[int, AccountRhythm]:
    """What was learned of those accounts; the others have no row yet."""
    found = AccountRhythm.objects.filter(account_id__in=account_ids)
    return {known.account_id: known for known in found}


def measured_rhythm(account_id: int, *, now: datetime) -> Rhythm:
    """What is usual for an account by its last LEARNED_DAYS, the present hour left out."""
    until = int(now.timestamp()) // _HOUR_S
    since = until - LEARNED_DAYS * 24
    heard = Comment.objects.filter(
        account_id=account_id,
        is_own=False,
        published_at__gte=datetime.fromtimestamp(since * _HOUR_S, UTC),
        published_at__lt=datetime.fromtimestamp(until * _HOUR_S, UTC),
    )
    rows = (
        heard.annotate(hour=TruncHour("published_at", tzinfo=UTC))
        .order_by("hour")
        .values_list("hour")
        .annotate(
            number=Count("pk", distinct=True),
            hostility=Avg(_CLEARNESS, filter=Q(scores__is_current=True)),
        )
    )
    counts: dict[int, int] = {}
    days: dict[int, list[tuple[int, float]]] = {}
    for at, number, hostility in rows:
        hour = int(at.timestamp()) // _HOUR_S
        counts[hour] = number
        if hostility is not None:
            days.setdefault(hour // 24, []).append((number, hostility))
    daily = [sum(n * share for n, share in day) / sum(n for n, _ in day) for day in days.values()]
    # An account that was connected yesterday has no four weeks to speak of.
    return learn(counts, since=min(counts, default=until), until=until, daily=daily)


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal of a wave in plain words; figures are whole numbers, for a bar and beside it."""

    title: str
    sentence: str
    points: int
    most: int


_FIGURES = ("count", "usual", "hostile", "hostile_usual")


def reasons(dogpile: Dogpile) -> tuple[Reason, ...]:
    """Why it was noticed, the weightiest first. Reads what is stored, asks nothing."""
    found = [
        Reason(
            title=title,
            sentence=_sentence(signal["name"], signal["facts"]),
            points=round(100 * signal["weight"] * signal["value"]),
            most=round(100 * signal["weight"]),
        )
        for signal in dogpile.signals
        if (title := _title(signal["name"]))
    ]
    return tuple(sorted(found, key=lambda reason: (-reason.points, -reason.most)))


def _title(name: str) -> str:
    return {
        "hostility": pgettext("signal of a wave", "More hostile than usual"),
        "copies": pgettext("signal of a wave", "Same wording passed around"),
        "velocity": pgettext("signal of a wave", "Faster than usual"),
        "newcomers": pgettext("signal of a wave", "People who are new here"),
        "synchrony": pgettext("signal of a wave", "All at once"),
        "overlap": pgettext("signal of a wave", "Under several posts"),
    }.get(name, "")


def _sentence(name: str, facts: Mapping[str, float]) -> str:
    values = {key: round(value) for key, value in facts.items()}
    if name == "hostility":
        return _(
            "About %(share)d in 100 of these people wrote something hostile; "
            "usually it is %(usual)d."
        ) % {key: round(100 * value) for key, value in facts.items()}
    if name == "copies":
        count = values["authors"]
        if count < 3:
            return _("No hostile wording was passed around.")
        return ngettext(
            "%(count)d person sent a version of the same hostile wording.",
            "%(count)d people sent versions of the same hostile wording.",
            count,
        ) % {"count": count}
    if name == "velocity":
        return _(
            "%(count)s comments in %(minutes)s min, usually %(usual)s; "
            "people behind hostile ones: %(hostile)s, usually %(hostile_usual)s."
        ) % {
            "minutes": max(1, round(facts["seconds"] / 60)),
            **{key: _rounded(facts[key]) for key in _FIGURES},
        }
    sentence = {
        "newcomers": _(
            "%(count)d of the %(of)d people behind hostile comments had not written here before."
        ),
        "synchrony": _(
            "%(count)d of the last %(of)d people behind hostile comments set in within two minutes."
        ),
        "overlap": _(
            "%(count)d of the %(of)d people behind hostile comments wrote under several posts."
        ),
    }[name]
    return sentence % values


def _rounded(figure: float) -> str:
    return formats.number_format(figure, 0 if figure >= 10 else 1)


@dataclass(frozen=True, slots=True)
class DogpileList:
    """One page of past and present waves, the newest first."""

    dogpiles: Sequence[Dogpile]
    account: SocialAccount | None  # all of them are this account's
    next_after: str


def dogpile_list(
    membership: Membership, *, account_code: UUID | None = None, after: UUID | None = None
) -> DogpileList:
    """Waves that the person may see, of one account when given: two queries.

    `after`: code of the last one of the page before. A code that makes no sense is left out.
    """
    visible = SocialAccount.objects.visible_to(membership)
    account = visible.filter(code=account_code).first() if account_code else None
    dogpiles = Dogpile.objects.visible_to(membership).select_related("account", "case")
    if account:
        dogpiles = dogpiles.filter(account=account)
    if after:
        last = Dogpile.objects.filter(code=after)
        dogpiles = dogpiles.filter(
            Q(started_at__lt=Subquery(last.values("started_at")))
            | Q(started_at=Subquery(last.values("started_at")), pk__lt=Subquery(last.values("pk")))
        )
    page = list(dogpiles.order_by(F("started_at").desc(), "-pk")[: PAGE_SIZE + 1])
    has_more, page = len(page) > PAGE_SIZE, page[:PAGE_SIZE]
    return DogpileList(page, account, str(page[-1].code) if has_more else "")
