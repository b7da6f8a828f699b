"""Shields: which are up, what they hold, what they gathered for the digest."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from accounts.models import Membership
from harassment.detection.summary import summarise_counts
from harassment.models import Alert, Case, Shield, ShieldHold
from harassment.queries.rows import CommentRow, comment_rows
from integrations.models import Comment, SocialAccount
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import Cap

PAST_SHOWN = 10
HELD_SHOWN = 50
CASES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShieldLine:
    """One account and its shield, if one is up."""

    account: SocialAccount
    shield: Shield | None


@dataclass(frozen=True, slots=True)
class ShieldList:
    """What the page of all shields shows."""

    lines: tuple[ShieldLine, ...]
    past: tuple[Shield, ...]  # with `held` and `alerts_gathered`
    can_hide: bool  # some platform lets Aura hide a comment and show it again

    @property
    def is_any_up(self) -> bool:
        """Whether at least one is up."""
        return any(line.shield for line in self.lines)


@dataclass(frozen=True, slots=True)
class ShieldPage:
    """What one shield did and holds."""

    shield: Shield
    held: tuple[CommentRow, ...]  # at most HELD_SHOWN, newest first
    held_count: int
    alerts: int
    summary: str  # "3 insults, 1 threat" of the gathered alerts
    cases: tuple[Case, ...]


def active_shields(account_ids: Collection[int]) -> dict[int, Shield]:
    """The shields that are up now, by account: one query."""
    found = Shield.objects.active().filter(account_id__in=account_ids)
    return {shield.account_id: shield for shield in found}


def shield_accounts(
    membership: Membership, codes: Collection[UUID] = ()
) -> QuerySet[SocialAccount]:
    """The accounts that a shield can be raised for: connected ones the person may see."""
    accounts = SocialAccount.objects.visible_to(membership).connected().order_by("pk")
    return accounts.filter(code__in=codes) if codes else accounts


def shields_up(membership: Membership, code: UUID | None = None) -> list[Shield]:
    """Shields that are up and visible to the person; only the named one with a code."""
    shields = Shield.objects.visible_to(membership).active().select_related("account")
    return list(shields.filter(code=code) if code else shields)


def shield_list(membership: Membership) -> ShieldList:
    """Accounts with their shields, and the latest that are over: three queries."""
    accounts = list(shield_accounts(membership))
    up = active_shields([account.pk for account in accounts])
    held = ShieldHold.objects.filter(shield=OuterRef("pk")).order_by().values("shield")
    gathered = Alert.objects.filter(shield=OuterRef("pk")).order_by().values("shield")
    past = (
        Shield.objects.visible_to(membership)
        .exclude(pk__in=[shield.pk for shield in up.values()])
        .select_related("account")
        .annotate(
            held=Coalesce(Subquery(held.annotate(n=Count("pk")).values("n")), 0),
            alerts_gathered=Coalesce(Subquery(gathered.annotate(n=Count("pk")).values("n")), 0),
        )
    )
    return ShieldList(
        lines=tuple(ShieldLine(account, up.get(account.pk)) for account in accounts),
        past=tuple(past[:PAST_SHOWN]),
        can_hide=any(can_restore(account) for account in accounts),
    )


def shield_page(membership: Membership, code: UUID) -> ShieldPage:
    """One shield with what it held, in four queries. Http404 when the person may not see it."""
    waiting = ShieldHold.objects.filter(shield=OuterRef("pk"), released_at=None).order_by()
    shield: Any = (  # with an annotation that its type does not know
        Shield.objects.visible_to(membership)
        .select_related("account")
        .annotate(
            held=Coalesce(Subquery(waiting.values("shield").annotate(n=Count("pk")).values("n")), 0)
        )
        .filter(code=code)
        .first()
    )
    if shield is None:
        raise Http404
    holds = ShieldHold.objects.filter(shield=shield, released_at=None)
    held = Comment.objects.filter(pk__in=holds.values("comment"))
    kinds: Counter[str] = Counter()
    alerts = 0
    groups = (
        Alert.objects.filter(shield=shield)
        .order_by()
        .values_list("incident__kinds")
        .annotate(number=Count("pk"))
    )
    for names, number in groups:
        alerts += number
        for name in names:
            kinds[name] += number
    cases = Case.objects.filter(
        Q(pk__in=Alert.objects.filter(shield=shield).values("incident__case"))
    ).order_by("-severity", "-last_incident_at")
    return ShieldPage(
        shield=shield,
        held=tuple(comment_rows(held.order_by("-published_at", "-pk")[:HELD_SHOWN])),
        held_count=shield.held,
        alerts=alerts,
        summary=summarise_counts(kinds),
        cases=tuple(cases[:CASES_SHOWN]),
    )


def can_restore(account: SocialAccount) -> bool:
    """Whether Aura may hide a comment there and show it again exactly as it was."""
    if account.platform not in PLATFORMS or account.is_import:
        return False
    support = platform(account.platform).capabilities_for(account.scopes_granted)
    return support[Cap.COMMENT_HIDE].state == "yes"
