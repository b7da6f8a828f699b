"""Rules at work on new comments: what fits is written down once, and acted on where live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from accounts import audit, live, outbox
from harassment.models import (
    INCIDENT_FROM,
    Alert,
    CaseEvent,
    CommentLabel,
    Evidence,
    Incident,
    Rule,
    RuleHit,
    RuleVersion,
)
from harassment.queries.facts import facts_of
from harassment.queries.lexicons import present_lexicon
from harassment.rules import Group, fits, read_conditions
from harassment.services.evidence import Capture, seal
from harassment.services.triage import Judged, triage
from integrations.models import Comment, ModerationAction
from integrations.services import moderation

FRESH = timedelta(days=7)  # what was older when Aura first heard it is history: no rule acts on it
Verb = ModerationAction.Verb
_FIRST = frozenset({"case", "alert"})  # so that what follows is sealed in the case's own chain


@dataclass(frozen=True, slots=True)
class _Watching:
    rule: Rule
    version: RuleVersion
    group: Group
    is_shadow: bool


def promise_rules(*, comment_ids: Sequence[int]) -> None:
    """Have the rules look at comments that were just judged, in the caller's transaction."""
    if comment_ids and Rule.objects.watching().exists():
        outbox.enqueue("harassment.apply_rules", comment_ids=list(comment_ids))


def apply_rules(*, comment_ids: Sequence[int]) -> int:
    """Hold all watching rules against those comments; how many acts or notes were new.

    True afterwards: each version that fits has one hit for the present wording. A live one was
    acted on in the same transaction, comment by comment, evidence first. A second run changes
    nothing. A comment that a person has decided about is left as they left it. Pokes "inbox".
    """
    watching = _watching()
    if not watching:
        return 0
    fresh = Comment.objects.filter(pk__in=comment_ids, published_at__gte=F("first_seen_at") - FRESH)
    asked = [condition for one in watching for condition in one.group.conditions()]
    facts = dict(facts_of(fresh, asked))
    hashes = dict(fresh.filter(pk__in=facts).values_list("pk", "text_hash"))
    lexicon = present_lexicon()
    count = 0
    for one in watching:
        found = [pk for pk in sorted(facts) if fits(one.group, facts[pk], lexicon)]
        if one.is_shadow:
            count += _write_down(one, found, hashes)
            continue
        for pk in found:
            count += _act(one, pk, hashes[pk])
    if count:
        live.poke("inbox")
    return count


def _watching() -> list[_Watching]:
    found = []
    for rule in Rule.objects.watching().select_related("live", "current").order_by("pk"):
        if rule.live:
            group = read_conditions(rule.live.conditions)
            found.append(_Watching(rule, rule.live, group, is_shadow=False))
        if rule.is_shadowing and rule.current and rule.current_id != rule.live_id:
            group = read_conditions(rule.current.conditions)
            found.append(_Watching(rule, rule.current, group, is_shadow=True))
    return found


def _write_down(one: _Watching, found: Sequence[int], hashes: dict[int, str]) -> int:
    known = set(
        RuleHit.objects.filter(
            version=one.version, is_shadow=True, comment_id__in=found
        ).values_list("comment_id", "text_hash")
    )
    fresh = [pk for pk in found if (pk, hashes[pk]) not in known]
    RuleHit.objects.bulk_create(
        (
            RuleHit(version=one.version, comment_id=pk, text_hash=hashes[pk], is_shadow=True)
            for pk in fresh
        ),
        ignore_conflicts=True,
    )
    return len(fresh)


@transaction.atomic
def _act(one: _Watching, comment_id: int, text_hash: str) -> bool:
    """Do what a live rule says, once; False when it is done, edited meanwhile or turned off."""
    comment = (
        Comment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account", "post")
        .filter(pk=comment_id, text_hash=text_hash)
        .first()
    )
    if comment is None or not Rule.objects.filter(pk=one.rule.pk, live=one.version).exists():
        return False
    hit, is_new = RuleHit.objects.get_or_create(
        version=one.version, comment=comment, text_hash=text_hash, is_shadow=False
    )
    if not is_new:
        return False
    act = _Acting(one, comment)
    for action in sorted(one.version.actions, key=lambda action: action["do"] not in _FIRST):
        hit.outcomes[action["do"]] = act.perform(action)
    hit.action = act.asked
    hit.save(update_fields=["outcomes", "action"])
    audit.record(
        "harassment.rule.acted",
        target=str(comment.code),
        data={
            "rule": str(one.rule.code), "version": one.version.number, "outcomes": hit.outcomes,
        },
    )  # fmt: skip
    return True


class _Acting:
    """One live rule and one comment. Every way is one that people use too."""

    def __init__(self, one: _Watching, comment: Comment) -> None:
        self._rule, self._comment = one.rule, comment
        self._incident = Incident.objects.select_related("case").filter(comment=comment).first()
        self._is_left = self._has_person_decided()
        self.asked: ModerationAction | None = None

    def perform(self, action: dict[str, str]) -> str:
        """ "done"; "already" so; "left" as a person decided; "impossible" on this platform."""
        if self._is_left:
            return "left"
        match action["do"]:
            case "case":
                return self._put_before_a_person(rings=False)
            case "alert":
                return self._ring()
            case "mark":
                return self._label(CommentLabel.REVIEW)
            case "label":
                return self._label(action["name"])
            case "hold":
                self._put_before_a_person(rings=False)
                return self._hide()
            case "hide":
                return self._hide()
            case unknown:
                raise ValueError(f"No rule may {unknown}.")

    def _has_person_decided(self) -> bool:
        if self._incident and self._incident.state != Incident.State.OPEN:
            return True
        return ModerationAction.objects.filter(
            comment=self._comment,
            actor_id__isnull=False,
            verb__in=[Verb.PUBLISH, Verb.HIDE, Verb.REJECT],
        ).exists()

    def _hide(self) -> str:
        comment = self._comment
        if comment.visibility != Comment.Visibility.PUBLIC or _is_under_way(comment):
            return "already"
        try:
            with transaction.atomic():
                case = self._incident.case if self._incident else None
                seal(captures=[Capture(comment, case, Evidence.Reason.ACTION, Verb.HIDE)])
                self.asked = moderation.request_action(
                    comment=comment, verb=Verb.HIDE, actor=None, asker=f"{self._rule.name} (Aura)"
                )
        except moderation.ModerationError:
            return "impossible"
        if self._incident:
            self._tell_case(self._incident, self.asked)
        return "done"

    def _put_before_a_person(self, *, rings: bool) -> str:
        if self._incident:
            return "already"
        score = self._comment.scores.current().first()
        severity = max(INCIDENT_FROM, score.severity if score else 0)
        kinds = tuple(score.kinds) if score else ()
        triage(judged=[Judged(self._comment, severity, kinds)], rings=rings)
        self._incident = Incident.objects.select_related("case").get(comment=self._comment)
        return "done"

    def _ring(self) -> str:
        outcome = self._put_before_a_person(rings=True)
        incident = self._incident
        if incident is None:
            return outcome
        _alert, is_new = Alert.objects.get_or_create(
            incident=incident, defaults={"severity": incident.severity}
        )
        if is_new:
            live.poke("alerts")
        return "done" if is_new else outcome

    def _label(self, name: str) -> str:
        label, is_new = CommentLabel.objects.get_or_create(
            comment=self._comment, name=name, defaults={"rule": self._rule}
        )
        if is_new:
            return "done"
        return "left" if label.removed_at else "already"

    def _tell_case(self, incident: Incident, action: ModerationAction) -> None:
        CaseEvent.objects.create(
            case=incident.case,
            kind=CaseEvent.Kind.ACTION,
            actor_label=action.actor_label,
            data={
                "action": str(action.code), "comment": str(self._comment.code),
                "verb": action.verb, "state": action.state, "is_undo": False,
            },
        )  # fmt: skip
        live.poke("case")


def _is_under_way(comment: Comment) -> bool:
    return ModerationAction.objects.unfinished().filter(comment=comment).exists()
