"""Questions about connected accounts, readings and imports, as the pages ask them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from accounts.models import Membership, User
from integrations.models import (
    Comment,
    CoverageGap,
    ImportRun,
    LiveChat,
    Post,
    SocialAccount,
    SyncRun,
)
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import Cap, Support
from integrations.platforms.declared import DECLARED
from integrations.spending import cap_of

Status = SocialAccount.Status

RUNS_SHOWN = 10
POSTS_SHOWN = 12
LIVES_SHOWN = 3
GAPS_SHOWN = 5
IMPORTS_SHOWN = 50
PROBLEMS_SHOWN = 200

# What the person can do, or that there is nothing to do: every state says one or the other.
REMEDIES: dict[str, Promise | str] = {
    Status.ACTIVE: "",
    Status.TRYING: _("Nothing is lost. Aura tries again by itself."),
    Status.QUOTA: _("Nothing is lost. What is written until then arrives afterwards."),
    Status.RECONNECT: _("Aura keeps the place where it stopped and goes on from there."),
    Status.SCOPE_MISSING: _("Aura goes on as soon as it has the permission."),
    Status.REFUSED: _(
        "Look at the account on the platform. Aura asks again within a day, “Read now” asks now."
    ),
    Status.DISCONNECTED: _("Connect it again to go on."),
}
_BADGES = {
    Status.ACTIVE: ("ok", "check"),
    Status.TRYING: ("info", "refresh"),
    Status.QUOTA: ("warn", "clock"),
    Status.RECONNECT: ("danger", "block"),
    Status.SCOPE_MISSING: ("warn", "key"),
    Status.REFUSED: ("danger", "warn"),
    Status.DISCONNECTED: ("", "x"),
}
_LIVE_TIMES = ("began_at", "heard_at", "next_at")
_LIVE_FACTS = ("title", "messages", "reason", "units")
_GAP_TIMES = ("began_at", "ended_at", "settled_at")
_GAP_FACTS = ("reason", "is_whole", "comments_fetched")

_NEEDS_PERSON = frozenset({Status.RECONNECT, Status.SCOPE_MISSING, Status.REFUSED})
_RECONNECTABLE = frozenset({Status.RECONNECT, Status.SCOPE_MISSING, Status.DISCONNECTED})

# The columns of "what each platform allows": what Aura's pages offer, and what people ask for.
MATRIX: tuple[tuple[Cap, Promise], ...] = (
    (Cap.COMMENTS_READ, _("Comments")),
    (Cap.COMMENTS_HELD, _("Held and spam")),
    (Cap.COMMENT_REPLY, _("Reply")),
    (Cap.COMMENT_HIDE, _("Hide")),
    (Cap.COMMENT_DELETE, _("Reject")),
    (Cap.AUTHOR_BAN, _("Ban")),
    (Cap.AUTHOR_BLOCK, _("Block")),
    (Cap.COMMENT_REPORT, _("Report")),
    (Cap.LIVE_CHAT_READ, _("Live chat")),
    (Cap.WEBHOOK, _("Push")),
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account with what its row shows; `run` is the unfinished one, if any.

    `gap`: the one that lasts, or whose comments are still to be fetched.
    """

    account: SocialAccount
    run: SyncRun | None
    owner: str
    gap: CoverageGap | None = None

    @property
    def is_reading(self) -> bool:
        """Whether it is well and being read at this moment."""
        is_running = self.run is not None and self.run.state == SyncRun.State.RUNNING
        return is_running and self.account.status == Status.ACTIVE

    @property
    def badge_kind(self) -> str:
        """Tint of the health badge."""
        if self.is_reading:
            return "info"
        return "warn" if self.is_half else _BADGES[Status(self.account.status)][0]

    @property
    def badge_icon(self) -> str:
        """Icon of the health badge."""
        if self.is_reading:
            return "refresh"
        return "key" if self.is_half else _BADGES[Status(self.account.status)][1]

    @property
    def badge_text(self) -> str:
        """Word of the health badge."""
        if self.is_reading:
            return gettext("Reading")
        return gettext("Half connected") if self.is_half else self.account.get_status_display()

    @property
    def is_half(self) -> bool:
        """Whether it works and yet brings less than the platform has: something was withheld."""
        is_well = self.account.status == Status.ACTIVE and bool(self.account.scopes_granted)
        return is_well and bool(self.limit or self.withheld)

    @property
    def remedy(self) -> Promise | str:
        """What to do about the state."""
        return REMEDIES[self.account.status]

    @property
    def needs_person(self) -> bool:
        """Whether it stays like this until somebody acts."""
        return self.account.status in _NEEDS_PERSON

    @property
    def can_reconnect(self) -> bool:
        """Whether connecting again is the way out."""
        if self.account.platform not in PLATFORMS or self.account.is_erased:
            return False
        return self.account.status in _RECONNECTABLE or (self.is_half and bool(self.withheld))

    @property
    def grants_more(self) -> bool:
        """Whether connecting again is about a permission, and not about the connection itself."""
        return self.is_half or self.account.status == Status.SCOPE_MISSING

    @property
    def limit(self) -> str:
        """Why this very connection brings no comments, although its platform has them."""
        reading = self._supports.get(Cap.COMMENTS_READ)
        return reading.reason if reading and reading.state == "needs_review" else ""

    @property
    def withheld(self) -> str:
        """What the person did not permit, as words of the matrix."""
        states = {cap: support.state for cap, support in self._supports.items()}
        names = [name for cap, name in MATRIX if states.get(cap) == "needs_scope"]
        return ", ".join(str(name) for name in names)

    @property
    def powers(self) -> "list[Cell]":
        """What Aura can and cannot do with this very connection, and why."""
        supports = self._supports
        return [_cell(name, supports[cap]) for cap, name in MATRIX if cap in supports]

    @property
    def _supports(self) -> Mapping[Cap, Support]:
        kind = self.account.platform
        if kind not in PLATFORMS or self.account.status == Status.DISCONNECTED:
            return {}
        return platform(kind).capabilities_for(self.account.scopes_granted)

    @property
    def can_read_now(self) -> bool:
        """Whether a reading may be asked for."""
        return self.run is None and self.account.status not in _RECONNECTABLE


@dataclass(frozen=True, slots=True)
class Cell:
    """One capability of one platform: yes, no, or with what is missing; and why."""

    label: Promise
    state: str
    reason: str
    manual_url: str


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """What one platform allows."""

    kind: str
    label: str
    cells: list[Cell]
    can_connect: bool  # there is an adapter
    is_registered: bool  # and this installation is known to the platform
    setup: str = ""  # else how its operator comes to that
    lacking: tuple[str, ...] = ()  # and the settings that are empty

    @property
    def explained(self) -> list[Cell]:
        """The cells that have something to say; what several of them say is said once."""
        told = {(cell.reason, cell.manual_url): cell for cell in reversed(self.cells)}
        return [cell for cell in self.cells if cell.reason and cell in told.values()]


def account_rows(membership: Membership) -> list[AccountRow]:
    """Every account the person may see, imports left out, by creator. At most 4 queries."""
    accounts = list(
        SocialAccount.objects.visible_to(membership)
        .filter(is_import=False)
        .order_by("platform", "display_name", "pk")
    )
    runs = {
        run.account_id: run
        for run in SyncRun.objects.unfinished().filter(account__in=[a.pk for a in accounts])
    }
    gaps = {
        gap.account_id: gap
        for gap in CoverageGap.objects.filter(
            account__in=[a.pk for a in accounts], settled_at=None
        ).order_by("began_at")
    }
    owners = _names_of(account.owner_id for account in accounts)
    rows = [
        AccountRow(
            account,
            runs.get(account.pk),
            owners.get(account.owner_id or 0, ""),
            gaps.get(account.pk),
        )
        for account in accounts
    ]
    return sorted(rows, key=lambda row: (row.owner, row.account.status == Status.DISCONNECTED))


def account_row(
    account: SocialAccount, runs: Iterable[SyncRun], gaps: Iterable[CoverageGap]
) -> AccountRow:
    """One account with what is unfinished of `runs` and `gaps`. 1 query when it has an owner."""
    run = next((run for run in runs if run.state in SyncRun.UNFINISHED), None)
    owner = _names_of([account.owner_id]).get(account.owner_id or 0, "")
    gap = next((gap for gap in gaps if gap.settled_at is None), None)
    return AccountRow(account, run, owner, gap)


def accounts_with_counts(membership: Membership) -> QuerySet[SocialAccount]:
    """Connected accounts the person may see, each with `comments_stored` and for `gaps_of`."""
    stored = (
        Comment.objects.filter(account=OuterRef("pk"))
        .order_by()
        .values("account")
        .annotate(n=Count("pk"))
        .values("n")
    )
    gaps = (
        CoverageGap.objects.filter(account=OuterRef("pk"))
        .order_by("-began_at")
        .values(told=JSONObject(**{name: name for name in (*_GAP_TIMES, *_GAP_FACTS)}))
    )[:GAPS_SHOWN]
    lives = (
        LiveChat.objects.filter(account=OuterRef("pk"), ended_at=None)
        .order_by("-began_at")
        .values(told=JSONObject(**{name: name for name in (*_LIVE_TIMES, *_LIVE_FACTS)}))
    )[:LIVES_SHOWN]
    return (
        SocialAccount.objects.visible_to(membership)
        .filter(is_import=False)
        .annotate(
            comments_stored=Coalesce(Subquery(stored), 0),
            gaps_told=ArraySubquery(gaps),
            lives_told=ArraySubquery(lives),
        )
    )


def runs_of(account: SocialAccount) -> list[SyncRun]:
    """The newest readings of an account."""
    return list(account.runs.order_by("-created_at")[:RUNS_SHOWN])


def gaps_of(account: SocialAccount) -> list[CoverageGap]:
    """The newest stretches in which an account of `accounts_with_counts` was not heard.

    No query: they came along with the account, because its page may ask eight times only.
    """
    told: list[dict[str, Any]] = getattr(account, "gaps_told", [])
    return [
        CoverageGap(
            **{name: row[name] for name in _GAP_FACTS},
            **{name: row[name] and datetime.fromisoformat(row[name]) for name in _GAP_TIMES},
        )
        for row in told
    ]


def live_chats_of(account: SocialAccount) -> list[LiveChat]:
    """The chats that Aura listens to now, of an account of `accounts_with_counts`. No query."""
    told: list[dict[str, Any]] = getattr(account, "lives_told", [])
    return [
        LiveChat(
            **{name: row[name] for name in _LIVE_FACTS},
            **{name: row[name] and datetime.fromisoformat(row[name]) for name in _LIVE_TIMES},
        )
        for row in told
    ]


def posts_of(account: SocialAccount) -> list[Post]:
    """The newest posts of an account that have been read."""
    return list(account.posts.exclude(published_at=None).order_by("-published_at")[:POSTS_SHOWN])


def import_runs(membership: Membership) -> list[ImportRun]:
    """The newest imports the person may see."""
    return list(ImportRun.objects.visible_to(membership)[:IMPORTS_SHOWN])


def platform_rows() -> list[PlatformRow]:
    """What every platform allows, and why not; those without an adapter at the end. No query."""
    rows = []
    for kind, label, capabilities in _platforms():
        cells = [_cell(name, capabilities[cap]) for cap, name in MATRIX]
        entry = PLATFORMS.get(kind)
        is_registered = entry is not None and entry.is_registered
        setup, lacking = (entry.setup, entry.lacking) if entry else ("", ())
        rows.append(
            PlatformRow(kind, label, cells, entry is not None, is_registered, setup, lacking)
        )
    return rows


def connectable(rows: Iterable[PlatformRow]) -> list[PlatformRow]:
    """Those that a person can connect here; all with an adapter when the operator set up none."""
    known = [row for row in rows if row.can_connect]
    return [row for row in known if row.is_registered] or known


def platform_facts() -> list[dict[str, Any]]:
    """The whole matrix as plain values, for programs: every platform with every capability.

    `monthly_usd`: what one that charges may cost, None for all others. No query.
    """
    facts = []
    for kind, label, capabilities in _platforms():
        entry = PLATFORMS.get(kind)
        facts.append(
            {
                "kind": kind,
                "label": label,
                "adapter": entry is not None,
                "registered": entry is not None and entry.is_registered,
                "monthly_usd": cap_of(kind),
                "setup": entry.setup if entry else "",
                "lacking": list(entry.lacking) if entry else [],
                "capabilities": {
                    cap.value: {
                        "state": support.state,
                        "reason": support.reason,
                        "scope": support.scope,
                        "manual_url": support.manual_url,
                    }
                    for cap, support in capabilities.items()
                },
            }
        )
    return facts


def _cell(name: Promise, support: Support) -> Cell:
    return Cell(name, support.state, support.reason, support.manual_url or "")


def _platforms() -> Iterator[tuple[str, str, Mapping[Cap, Support]]]:
    for kind, entry in sorted(PLATFORMS.items()):
        yield kind, entry.label, platform(kind).capabilities
    for kind, declared in DECLARED.items():
        if kind not in PLATFORMS:
            yield kind, declared.label, declared.capabilities


def _names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {user_id for user_id in user_ids if user_id}
    if not wanted:
        return {}
    with tenancy.public():
        return {user.pk: user.label for user in User.objects.filter(pk__in=wanted)}
