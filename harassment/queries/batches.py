"""What became of a batch, in one line and comment by comment."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Grant, Membership
from harassment.models import TriageBatch, TriageItem
from harassment.queries.rows import CommentRow, comment_rows
from integrations.models import Comment, ModerationAction

Outcome, Verb, State = TriageItem.Outcome, TriageBatch.Verb, ModerationAction.State
NEEDED = {
    Verb.HIDE: Grant.HIDE,
    Verb.DISMISS: Grant.TRIAGE,
    Verb.RESOLVE: Grant.TRIAGE,
    Verb.FILE: Grant.MODERATE,
}
_Counted = Callable[[int], str]
_DONE: dict[str, _Counted] = {
    Verb.HIDE: lambda n: ngettext("%(n)d hidden", "%(n)d hidden", n),
    Verb.DISMISS: lambda n: ngettext("%(n)d not abuse", "%(n)d not abuse", n),
    Verb.RESOLVE: lambda n: ngettext("%(n)d dealt with", "%(n)d dealt with", n),
    Verb.FILE: lambda n: ngettext("%(n)d in a case", "%(n)d in cases", n),
}


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One comment of a batch: where it stands, and why it could not be done."""

    row: CommentRow
    outcome: str  # waiting, confirmed, unconfirmed, by_hand, skipped, undone
    reason: str

    @property
    def words(self) -> str:
        """The outcome for people."""
        return {
            "waiting": _("Waiting for the platform"),
            "confirmed": _("Done"),
            "unconfirmed": _("Not confirmed"),
            "by_hand": _("Not possible here: do this by hand"),
            "skipped": _("Left as it is"),
            "undone": _("Taken back"),
        }[self.outcome]


@dataclass(frozen=True)
class BatchSummary:
    """What one press came to so far."""

    batch: TriageBatch
    counts: Counter[str]
    can_undo: bool

    @property
    def grant(self) -> str:
        """What a person must be allowed to, to press this or take it back."""
        return NEEDED[Verb(self.batch.verb)]

    @property
    def is_unfinished(self) -> bool:
        """Whether a platform still has to answer."""
        return bool(self.counts["waiting"])

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left for a person."""
        return not (self.counts["by_hand"] or self.counts["unconfirmed"] or self.counts["skipped"])

    @property
    def sentence(self) -> str:
        """ "8 hidden, 3 on their way, 1 to do by hand": only what there is."""
        said: dict[str, _Counted] = {
            "confirmed": _DONE[Verb(self.batch.verb)],
            "waiting": lambda n: ngettext("%(n)d on its way", "%(n)d on their way", n),
            "unconfirmed": lambda n: ngettext("%(n)d not confirmed", "%(n)d not confirmed", n),
            "by_hand": lambda n: ngettext("%(n)d to do by hand", "%(n)d to do by hand", n),
            "skipped": lambda n: ngettext("%(n)d left as it is", "%(n)d left as they are", n),
            "undone": lambda n: ngettext("%(n)d taken back", "%(n)d taken back", n),
        }
        parts = [
            words(self.counts[name]) % {"n": self.counts[name]}
            for name, words in said.items()
            if self.counts[name]
        ]
        return ", ".join(parts) or _("Nothing was chosen.")


def batch_for(membership: Membership, code: UUID) -> TriageBatch:
    """The batch itself. Http404 when the person may not see it."""
    batch = TriageBatch.objects.visible_to(membership).filter(code=code).first()
    if batch is None:
        raise Http404
    return batch


def batch_items(batch: TriageBatch) -> list[TriageItem]:
    """Its items with their actions: one query."""
    return list(batch.items.select_related("action"))


def batch_summary(batch: TriageBatch, items: Sequence[TriageItem]) -> BatchSummary:
    """Its line; no query."""
    counts: Counter[str] = Counter()
    can_undo = False
    for item in items:
        outcome = _outcome(item)
        counts[outcome] += 1
        is_filed = batch.verb == Verb.FILE
        is_ours = item.action is None or item.action.is_here or outcome == "confirmed"
        can_undo |= outcome in {"confirmed", "waiting"} and is_ours and not is_filed
    return BatchSummary(batch, counts, can_undo and batch.undone_at is None)


def batch_lines(items: Sequence[TriageItem], membership: Membership) -> list[BatchLine]:
    """Comment by comment, what is left to do first; one query."""
    by_comment = {item.comment_id: item for item in items}
    comments = Comment.objects.visible_to(membership).filter(pk__in=by_comment)
    order = ["by_hand", "unconfirmed", "skipped", "waiting", "confirmed", "undone"]
    lines = [
        BatchLine(row, _outcome(by_comment[row.pk]), by_comment[row.pk].reason)
        for row in comment_rows(comments.order_by("-published_at", "-pk"))
    ]
    return sorted(lines, key=lambda line: order.index(line.outcome))


def _outcome(item: TriageItem) -> str:
    if item.outcome == Outcome.DONE:
        return "confirmed"
    if item.outcome != Outcome.ASKED or item.action is None:
        return "skipped" if item.outcome == Outcome.ASKED else item.outcome
    return {
        State.REQUESTED: "waiting",
        State.SENT: "waiting",
        State.CONFIRMED: "confirmed",
        State.WITHDRAWN: "undone",
    }.get(State(item.action.state), "unconfirmed")
