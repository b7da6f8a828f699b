"""Rules as their pages show them: states, versions and differences, and what they found."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, Workspace
from harassment.models import UNCOVERED, Rule, RuleHit, RuleVersion, Severity, ToxicityScore
from harassment.queries.backtests import Caught
from harassment.queries.rows import CommentRow, comment_rows
from harassment.queries.shares import Share
from harassment.queries.verdicts import decided_comments
from harassment.rules import read_conditions
from harassment.rules.packs import CATEGORIES, LANGUAGES
from harassment.rules.wording import (
    CATEGORY_WORDS,
    LANGUAGE_WORDS,
    SIGNAL_WORDS,
    Names,
    action_words,
    lines_of,
)
from integrations.models import Comment, SocialAccount
from integrations.platforms import PLATFORMS

LOG_SIZE = 20
COUNTED_MOST = 10_000  # hits
WEEK = timedelta(days=7)
VERSIONS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in the list."""

    rule: Rule
    does: list[tuple[str, str]]
    acted: int  # within a week
    noted: int  # in shadow, within a week


@dataclass(frozen=True, slots=True)
class VersionText:
    """One version in words."""

    version: RuleVersion
    lines: list[tuple[int, str]]
    does: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of the difference between two versions."""

    sign: Literal["same", "gone", "new"]
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One comment that a version fitted."""

    code: UUID
    at: datetime
    is_shadow: bool
    became: dict[str, str]  # action to outcome
    row: CommentRow
    is_harmful: bool | None

    @property
    def outcomes(self) -> list[str]:
        """What became of each action, in words."""
        words = {
            "done": _("done"),
            "already": _("was so already"),
            "left": _("left: a person had decided"),
            "impossible": _("not possible here: do it by hand"),
        }
        does = dict(action_words([{"do": do} for do in self.became if do != "label"]))
        does["label"] = _("Label it")
        return [f"{does[do]}: {words.get(said, said)}" for do, said in self.became.items()]


@dataclass(frozen=True, slots=True)
class RuleLog:
    """What the newest version found, in shadow or live, with what people said of it."""

    lines: tuple[LogLine, ...]
    total: Caught
    languages: tuple[tuple[str, Caught], ...]
    is_shadow: bool
    older: UUID | None

    @property
    def agreed(self) -> Share:
        """Of those that people decided about, how often they found it harmful too."""
        return Share(self.total.harmful, self.total.harmful + self.total.harmless)


def rule_lines(membership: Membership) -> list[RuleLine]:
    """All rules; counts are of comments that the person may see. Two queries."""
    recent = RuleHit.objects.visible_to(membership).filter(at__gt=timezone.now() - WEEK)
    counts = {
        (row["version__rule"], row["is_shadow"]): row["total"]
        for row in recent.order_by()
        .values("version__rule", "is_shadow")
        .annotate(total=Count("pk"))
    }
    return [
        RuleLine(
            rule=rule,
            does=action_words(rule.current.actions) if rule.current else [],
            acted=counts.get((rule.pk, False), 0),
            noted=counts.get((rule.pk, True), 0),
        )
        for rule in Rule.objects.select_related("current", "live")
    ]


def versions_of(rule: Rule) -> list[RuleVersion]:
    """The newest versions."""
    return list(rule.versions.all()[:VERSIONS_SHOWN])


def in_words(version: RuleVersion, names: Names) -> VersionText:
    """A version as people read it."""
    lines = lines_of(read_conditions(version.conditions), names)
    return VersionText(version, lines, action_words(version.actions))


def difference(before: VersionText, after: VersionText) -> list[DiffLine]:
    """What changed from one version to the other, line by line."""
    old, new = _all_lines(before), _all_lines(after)
    found: list[DiffLine] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [DiffLine("same", *line) for line in old[a:b]]
            continue
        found += [DiffLine("gone", *line) for line in old[a:b]]
        found += [DiffLine("new", *line) for line in new[c:d]]
    return found


def _all_lines(text: VersionText) -> list[tuple[int, str]]:
    return [*text.lines, (0, _("Then:")), *((1, words) for _do, words in text.does)]


def choices_for(workspace: Workspace) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in a condition, by subject; two queries."""
    accounts = SocialAccount.objects.all()
    creators = workspace.memberships.filter(role=Role.CREATOR).select_related("user")
    lists = [("all", _("Any list"))]
    for name in CATEGORIES:
        lists.append((name, str(CATEGORY_WORDS[name])))
        lists += [
            (f"{language}:{name}", f"{CATEGORY_WORDS[name]} ({LANGUAGE_WORDS[language]})")
            for language in LANGUAGES
        ]
    return {
        "account": [(str(account.code), str(account)[:60]) for account in accounts],
        "creator": [(str(one.user_id), one.user.label) for one in creators],
        "platform": [(kind, entry.label) for kind, entry in PLATFORMS.items()],
        "language": [(code, str(words)) for code, words in LANGUAGE_WORDS.items()],
        "signal": [(kind, str(words)) for kind, words in SIGNAL_WORDS.items()],
        "lexicon": lists,
        "severity": [(str(level.value), str(level.label)) for level in Severity],
    }


def names_of(choices: dict[str, list[tuple[str, str]]]) -> Names:
    """What the values of conditions are called."""
    return {(what, value): words for what, listed in choices.items() for value, words in listed}


def rule_log(
    membership: Membership, rule: Rule, *, after: UUID | None = None, size: int = LOG_SIZE
) -> RuleLog:
    """What the newest version found on accounts that the person may see; three queries.

    Counts are of the newest COUNTED_MOST.
    """
    is_shadow = rule.is_shadowing or rule.live_id is None
    hits = RuleHit.objects.visible_to(membership).filter(
        version_id=rule.current_id, is_shadow=is_shadow
    )
    language = ToxicityScore.objects.current().filter(
        comment=OuterRef("comment"), text_hash=OuterRef("text_hash")
    )
    found = list(
        hits.annotate(language=Subquery(language.values("language")[:1])).values(
            "code", "at", "outcomes", "comment_id", "language"
        )[:COUNTED_MOST]
    )
    of_hits = Comment.objects.filter(pk__in=hits.values("comment"))
    said = dict(decided_comments(of_hits).values_list("pk", "is_harmful"))
    start = next((at for at, hit in enumerate(found, 1) if hit["code"] == after), 0)
    page = found[start : start + size]
    shown = Comment.objects.filter(pk__in=[hit["comment_id"] for hit in page])
    rows = {row.pk: row for row in comment_rows(shown)} if page else {}
    total, languages = _agreement(found, said)
    return RuleLog(
        lines=tuple(
            LogLine(
                code=hit["code"],
                at=hit["at"],
                is_shadow=is_shadow,
                became=hit["outcomes"],
                row=rows[hit["comment_id"]],
                is_harmful=said.get(hit["comment_id"]),
            )
            for hit in page
            if hit["comment_id"] in rows
        ),
        total=total,
        languages=languages,
        is_shadow=is_shadow,
        older=page[-1]["code"] if page and len(found) > start + size else None,
    )


def _agreement(
    found: Sequence[Mapping[str, Any]], said: Mapping[int, bool]
) -> tuple[Caught, tuple[tuple[str, Caught], ...]]:
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for hit in found:
        line = counted[hit["language"] or UNCOVERED]
        line[0] += 1
        is_harmful = said.get(hit["comment_id"])
        if is_harmful is not None:
            line[1 if is_harmful else 2] += 1
    sums = [sum(line[place] for line in counted.values()) for place in range(3)]
    return Caught(*sums), tuple((name, Caught(*line)) for name, line in sorted(counted.items()))
