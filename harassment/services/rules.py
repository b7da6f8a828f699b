"""What people do with rules: build, try in shadow, turn on, turn off, go back to an older one."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live
from accounts.models import Grant, Membership, Role
from harassment.models import CommentLabel, Rule, RuleHit, RuleVersion
from harassment.queries.backtests import Refusal, backtest, refusal
from harassment.queries.shares import points
from harassment.rules import ActionError, RuleError, clean_actions, read_conditions, stored
from harassment.rules.wording import action_error_sentence, error_sentence
from harassment.services import decisions
from integrations.models import Comment

THRESHOLDS_NAME = "Score by language"  # a name and no sentence: people may change it
RULES_MOST = 50  # of a workspace: each looks at every new comment


class RuleServiceError(Exception):
    """Nothing was changed; the message is for the person."""


def may_build(membership: Membership) -> bool:
    """Whether the person may change rules: they hold for all accounts, not for one's own."""
    if membership.role in {Role.CREATOR, Role.HELPER}:
        return False
    return membership.may(Grant.MODERATE)


@transaction.atomic
def save_rule(
    *,
    membership: Membership,
    name: str,
    conditions: dict[str, Any],
    actions: Sequence[dict[str, str]],
    note: str = "",
    rule: Rule | None = None,
) -> Rule:
    """Keep a rule, as a new version where it says something new; that version tries in shadow.

    A version that acts goes on acting until a person turns the new one on. Raises
    RuleServiceError when the person may not, when it is no rule, or when it would fit everything
    or too many recent harmless comments: the sentence says which.
    """
    _check_builder(membership)
    try:
        group, cleaned = read_conditions(conditions), clean_actions(actions)
    except RuleError as error:
        raise RuleServiceError(error_sentence(error.reason, error.value)) from error
    except ActionError as error:
        raise RuleServiceError(action_error_sentence(str(error))) from error
    found = refusal(backtest(membership, group, examples=0), group, cleaned)
    if found:
        raise RuleServiceError(refusal_sentence(found))
    if rule is None:
        if Rule.objects.count() >= RULES_MOST:
            raise RuleServiceError(
                _("A workspace has at most %(most)d rules.") % {"most": RULES_MOST}
            )
        rule = Rule.objects.create(name=name)
    rule = _held(rule)
    rule.name = name
    _add_version(rule, stored(group), cleaned, note, membership)
    return rule


@transaction.atomic
def save_thresholds(*, membership: Membership, conditions: dict[str, Any]) -> Rule:
    """Keep the scores to hide from, by language, as the one rule that is named after them.

    A new version of it tries in shadow like any other. Raises RuleServiceError as `save_rule`.
    """
    return save_rule(
        membership=membership,
        name=THRESHOLDS_NAME,
        conditions=conditions,
        actions=[{"do": "hold"}],
        rule=Rule.objects.filter(name=THRESHOLDS_NAME).first(),
    )


@transaction.atomic
def revert_rule(*, rule: Rule, number: int, membership: Membership) -> Rule:
    """Make an older version the newest again; it tries in shadow first, like any other."""
    _check_builder(membership)
    rule = _held(rule)
    old = rule.versions.filter(number=number).first()
    if old is None:
        raise RuleServiceError(_("There is no such version."))
    note = _("As version %(number)d was") % {"number": number}
    _add_version(rule, old.conditions, old.actions, note, membership)
    return rule


@transaction.atomic
def turn_on(*, rule: Rule, number: int, membership: Membership) -> Rule:
    """Let the newest version act. Always a person: owner or manager, who has seen the figures.

    `number` is the version that the person's page showed. Raises RuleServiceError when the role
    does not allow it, when the rule was changed meanwhile, when it has not been in shadow, or
    when it fits too many harmless comments by now.
    """
    if not membership.may(Grant.MANAGE):
        raise RuleServiceError(_("Only an owner or manager can turn a rule on."))
    rule = _held(rule)
    version = rule.current
    if version is None or version.number != number:
        raise RuleServiceError(_("The rule was changed meanwhile. Look at it again first."))
    if rule.live_id == version.pk:
        return rule
    if not rule.is_shadowing:
        raise RuleServiceError(_("Try it in shadow first: it was off."))
    group = read_conditions(version.conditions)
    found = refusal(backtest(membership, group, examples=0), group, version.actions)
    if found:
        raise RuleServiceError(refusal_sentence(found))
    rule.live, rule.is_shadowing = version, False
    rule.live_since, rule.live_by_label = timezone.now(), membership.user.label[:80]
    rule.save()
    _audit("turned-on", rule, membership, version=version.number)
    return rule


@transaction.atomic
def watch_only(*, rule: Rule, membership: Membership) -> Rule:
    """Let no version act, and the newest one write down what it would do."""
    _check_builder(membership)
    rule = _held(rule)
    rule.live, rule.live_since, rule.live_by_label = None, None, ""
    rule.is_shadowing, rule.shadow_since = True, timezone.now()
    rule.save()
    _audit("shadowed", rule, membership)
    return rule


@transaction.atomic
def turn_off(*, rule: Rule, membership: Membership) -> Rule:
    """Let it neither act nor watch. What it did stays, and can be taken back one by one."""
    _check_builder(membership)
    rule = _held(rule)
    rule.live, rule.live_since, rule.live_by_label = None, None, ""
    rule.is_shadowing, rule.shadow_since = False, None
    rule.save()
    _audit("turned-off", rule, membership)
    return rule


@transaction.atomic
def undo_hit(*, hit: RuleHit, membership: Membership) -> None:
    """Take back what a rule did to one comment: it is asked to be shown again, labels go.

    A case or an alert stays: closing it says something about the author, and a person says that
    there. Raises RuleServiceError when the platform cannot bring the comment back.
    """
    if hit.action:
        try:
            decisions.undo_action(action=hit.action, actor=membership.user)
        except decisions.DecisionError as error:
            raise RuleServiceError(str(error)) from error
    CommentLabel.objects.filter(comment=hit.comment, rule=hit.version.rule, removed_at=None).update(
        removed_at=timezone.now(), removed_by_label=membership.user.label[:80]
    )
    audit.record(
        "harassment.rule.undone", actor=membership.user, target=str(hit.comment.code),
        data={"rule": str(hit.version.rule.code), "version": hit.version.number},
    )  # fmt: skip


@transaction.atomic
def remove_label(*, comment: Comment, name: str, membership: Membership) -> bool:
    """Take a rule's label or mark off a comment; no rule puts it on again. Pokes "inbox"."""
    count = CommentLabel.objects.filter(comment=comment, name=name, removed_at=None).update(
        removed_at=timezone.now(), removed_by_label=membership.user.label[:80]
    )
    if count:
        audit.record(
            "harassment.comment.unlabelled", actor=membership.user, target=str(comment.code)
        )
        live.poke("inbox")
    return bool(count)


def refusal_sentence(found: Refusal) -> str:
    """Why a rule may not be kept, for the person who built it."""
    if found.reason == "everything":
        return _(
            "This rule would fit ordinary comments as such, so it is not kept. Add a condition "
            "about what is said, such as a score, a signal or a word list."
        )
    return _(
        "This rule would fit %(share)s %% of recent harmless comments; %(most)s %% is the most, so "
        "it is not kept. Narrow it down."
    ) % {"share": points(found.share), "most": points(found.most)}


def _check_builder(membership: Membership) -> None:
    if not may_build(membership):
        raise RuleServiceError(_("Your role cannot change rules of the workspace."))


def _held(rule: Rule) -> Rule:
    return Rule.objects.select_for_update(of=("self",), no_key=True).get(pk=rule.pk)


def _add_version(
    rule: Rule,
    conditions: dict[str, Any],
    actions: list[dict[str, str]],
    note: str,
    membership: Membership,
) -> None:
    before = rule.current
    is_new = before is None or (before.conditions, before.actions) != (conditions, actions)
    if is_new:
        rule.current = RuleVersion.objects.create(
            rule=rule,
            number=before.number + 1 if before else 1,
            conditions=conditions,
            actions=actions,
            note=note,
            made_by_id=membership.user_id,
            made_by_label=membership.user.label[:80],
        )
        rule.is_shadowing, rule.shadow_since = True, timezone.now()
    rule.save()
    number = rule.current.number if rule.current else 0
    _audit("saved", rule, membership, version=number)


def _audit(word: str, rule: Rule, membership: Membership, **data: object) -> None:
    audit.record(f"harassment.rule.{word}", actor=membership.user, target=str(rule.code), data=data)
