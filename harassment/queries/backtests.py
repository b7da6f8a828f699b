"""What a rule would have caught: the same engine and the same facts as for a new comment."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import Membership
from harassment.models import UNCOVERED
from harassment.queries.facts import facts_beside
from harassment.queries.lexicons import steps_asked, words_after
from harassment.queries.rows import CommentRow, comment_rows
from harassment.queries.verdicts import decided_comments
from harassment.rules import Facts, Group, Lexicon, fits
from harassment.rules.breadth import fits_everything, most_harmless
from integrations.models import Comment

LOOKED_AT_MOST = 10_000  # the newest comments
EXAMPLES = 5
_ENOUGH = 20  # harmless comments of one place: fewer prove nothing
_NO_WORDS = Lexicon({})


@dataclass(frozen=True, slots=True)
class Caught:
    """How often a rule would have fitted, and what people said of those comments."""

    count: int = 0
    harmful: int = 0
    harmless: int = 0
    expected_wrong: float = 0.0  # of the undecided, by the calibrated probabilities

    @property
    def undecided(self) -> int:
        """Those that nobody has decided about."""
        return self.count - self.harmful - self.harmless

    @property
    def wrong(self) -> int:
        """About how many wrongly: by people's word, and by probability where there is none."""
        return self.harmless + round(self.expected_wrong)


@dataclass(frozen=True, slots=True)
class Example:
    """One comment that the rule would have caught; masked like anywhere else."""

    row: CommentRow
    is_harmful: bool | None  # None: nobody has said


@dataclass(frozen=True, slots=True)
class Backtest:
    """A rule held against the newest comments."""

    looked_at: int
    total: Caught
    languages: tuple[tuple[str, Caught], ...]
    missed: int  # that people found harmful and it would have let pass
    caught_ids: frozenset[int]
    examples: tuple[Example, ...]  # harmless ones first: they are what a person must see
    harmless_seen: int
    broadest: float  # the largest share of harmless comments that it fits at any one place
    lexicon: Lexicon = field(compare=False)  # the words it was held against


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a rule may not be kept: it fits "everything", or a `share` of harmless comments."""

    reason: str
    share: float = 0.0
    most: float = 0.0


def backtest(membership: Membership, group: Group, *, examples: int = EXAMPLES) -> Backtest:
    """Hold a rule against the newest comments that the person may see.

    Three queries at most: the comments with their scores; people's decisions with the word lists
    and authors' histories that the rule asks for; the examples. Comments without a score of their
    present wording are left out, as live.
    """
    conditions = list(group.conditions())
    asks_words = any(condition.what == "lexicon" for condition in conditions)
    newest = (
        Comment.objects.visible_to(membership)
        .filter(is_own=False)
        .order_by("-published_at", "-pk")
        .values("pk")[:LOOKED_AT_MOST]
    )
    decided = decided_comments(Comment.objects.filter(pk__in=newest)).order_by()
    facts, found = facts_beside(
        newest,
        conditions,
        {
            "said": decided.values_list("pk", "is_harmful"),
            **({"steps": steps_asked()} if asks_words else {}),
        },
    )
    said: dict[int, bool] = dict(found["said"])
    lexicon = Lexicon(words_after(found["steps"])) if asks_words else _NO_WORDS
    caught = {pk for pk, one in facts.items() if fits(group, one, lexicon)}
    by_language: dict[str, list[int]] = defaultdict(list)
    for pk in caught:
        by_language[facts[pk].language or UNCOVERED].append(pk)
    harmless_seen, broadest = _breadth(facts, said, caught)
    return Backtest(
        looked_at=len(facts),
        total=_sum(list(caught), facts, said),
        languages=tuple(
            (language, _sum(ids, facts, said)) for language, ids in sorted(by_language.items())
        ),
        missed=sum(said.get(pk, False) for pk in facts.keys() - caught),
        caught_ids=frozenset(caught),
        examples=_examples(caught, facts, said, examples),
        harmless_seen=harmless_seen,
        broadest=broadest,
        lexicon=lexicon,
    )


def refusal(found: Backtest, group: Group, actions: Sequence[dict[str, str]]) -> Refusal | None:
    """Why this rule would hit ordinary people, or None."""
    if fits_everything(group, actions, found.lexicon):
        return Refusal("everything")
    most = most_harmless(actions)
    if found.broadest > most:
        return Refusal("harmless", found.broadest, most)
    return None


def _sum(ids: Sequence[int], facts: dict[int, Facts], said: dict[int, bool]) -> Caught:
    decided = [said[pk] for pk in ids if pk in said]
    return Caught(
        count=len(ids),
        harmful=sum(decided),
        harmless=len(decided) - sum(decided),
        expected_wrong=sum(1 - facts[pk].toxicity for pk in ids if pk not in said),
    )


def _breadth(facts: dict[int, Facts], said: dict[int, bool], caught: set[int]) -> tuple[int, float]:
    """How many harmless comments there are, and the share caught where that is largest."""
    seen: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pk, one in facts.items():
        is_harmful = said.get(pk, one.severity > 0 or bool(one.signals))
        if is_harmful:
            continue
        for place in (("", ""), ("account", one.account), ("language", one.language)):
            seen[place][0] += 1
            seen[place][1] += pk in caught
    shares = [hits / count for count, hits in seen.values() if count >= _ENOUGH]
    return seen["", ""][0], max(shares, default=0.0)


def _examples(
    caught: set[int], facts: dict[int, Facts], said: dict[int, bool], most: int
) -> tuple[Example, ...]:
    order = {False: 0, None: 1, True: 2}
    chosen = sorted(caught, key=lambda pk: (order[said.get(pk)], facts[pk].toxicity, -pk))
    # Half of them those that speak against the rule, half those that speak for it.
    against, others = chosen[:most], chosen[most:]
    if others:
        against = chosen[: most - most // 2] + chosen[-(most // 2) :]
    rows = {row.pk: row for row in comment_rows(Comment.objects.filter(pk__in=against))}
    return tuple(Example(rows[pk], said.get(pk)) for pk in against if pk in rows)
