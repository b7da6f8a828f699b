"""Rules: the list, the builder with its preview, and the page of one with its versions and log."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.models import Rule
from harassment.queries import rules as queries
from harassment.queries.backtests import LOOKED_AT_MOST, backtest, refusal
from harassment.rule_forms import NameRuleForm
from harassment.rules import ActionError, RuleError, clean_actions, read_conditions
from harassment.rules.building import Draft, changed, kept_draft, new_draft, sent_draft
from harassment.rules.wording import MATCH_WORDS, SUBJECTS, action_error_sentence, error_sentence
from harassment.services import rules as services


@member(Grant.READ)
@require_GET
@never_cache
def rule_list(request: WorkspaceRequest) -> HttpResponse:
    """All rules with their states and what they did within a week."""
    context = {
        "lines": queries.rule_lines(request.membership),
        "may_build": services.may_build(request.membership),
    }
    return render(request, "harassment/rule_list.html", context)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def create_rule(request: WorkspaceRequest) -> HttpResponse:
    """Build a new rule."""
    check_builder(request)
    if request.method == "GET":
        return _builder(request, new_draft())
    return _sent(request, None)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def edit_rule(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Build a new version of a rule."""
    check_builder(request)
    rule = get_object_or_404(Rule.objects.select_related("current"), code=code)
    if rule.current is None:
        raise Http404
    if request.method == "GET":
        draft = kept_draft(rule.name, rule.current.conditions, rule.current.actions)
        return _builder(request, draft, rule)
    return _sent(request, rule)


@member(Grant.READ)
@require_GET
@never_cache
def rule_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The rule in words, its versions; log and preview load by themselves."""
    rule = get_object_or_404(Rule.objects.select_related("current", "live"), code=code)
    if rule.current is None:
        raise Http404
    names = queries.names_of(queries.choices_for(request.workspace))
    context = {
        "rule": rule,
        "text": queries.in_words(rule.current, names),
        "versions": queries.versions_of(rule),
        "may_build": services.may_build(request.membership),
    }
    return render(request, "harassment/rule_detail.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def rule_log(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What the newest version found, with what people said."""
    rule = get_object_or_404(Rule.objects.select_related("current"), code=code)
    try:
        after = UUID(request.GET.get("after", ""))
    except ValueError:
        after = None
    context = {
        "rule": rule,
        "log": queries.rule_log(request.membership, rule, after=after),
        "may_build": services.may_build(request.membership),
        "is_first": after is None,
    }
    return _part(request, "log", context)


@member(Grant.READ)
@require_GET
@never_cache
def rule_preview(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What the newest version would have caught, on accounts that the person may see."""
    rule = get_object_or_404(Rule.objects.select_related("current"), code=code)
    if rule.current is None:
        raise Http404
    group = read_conditions(rule.current.conditions)
    found = backtest(request.membership, group)
    refused = refusal(found, group, rule.current.actions)
    context = {"rule": rule, **_found(found, refused)}
    return _part(request, "preview", context)


@member(Grant.READ)
@require_GET
@never_cache
def rule_diff(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Two versions side by side: `from` and `to` are their numbers."""
    rule = get_object_or_404(Rule, code=code)
    versions = queries.versions_of(rule)
    by_number = {str(version.number): version for version in versions}
    after = by_number.get(request.GET.get("to", ""), versions[0] if versions else None)
    if after is None:
        raise Http404
    before = by_number.get(request.GET.get("from", ""), by_number.get(str(after.number - 1), after))
    names = queries.names_of(queries.choices_for(request.workspace))
    context = {
        "rule": rule,
        "versions": versions,
        "before": before,
        "after": after,
        "lines": queries.difference(
            queries.in_words(before, names), queries.in_words(after, names)
        ),
    }
    return render(request, "harassment/rule_diff.html", context)


def check_builder(request: WorkspaceRequest) -> None:
    """Rules hold for the whole workspace: whoever sees a part of it only does not change them."""
    if not services.may_build(request.membership):
        raise PermissionDenied


def _sent(request: WorkspaceRequest, rule: Rule | None) -> HttpResponse:
    """A button of the builder, its preview, or the wish to keep the rule."""
    draft = sent_draft(request.POST)
    step = request.POST.get("step", "shape" if request.htmx else "")
    if step == "preview":
        return _preview(request, draft, rule)
    if step:
        return _builder(request, changed(draft, step), rule)
    draft.check()
    form = NameRuleForm(request.POST)
    problem = ""
    if form.is_valid() and not draft.has_errors:
        try:
            kept = services.save_rule(
                membership=request.membership,
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                conditions=draft.conditions(),
                actions=draft.actions(),
                rule=rule,
            )
        except services.RuleServiceError as error:
            problem = str(error)
        else:
            messages.success(request, _("The rule is kept. In shadow it only writes down."))
            return HttpResponseRedirect(reverse("harassment:rule-detail", args=[kept.code]))
    return _builder(request, draft, rule, form=form, problem=problem, status=422)


def _preview(request: WorkspaceRequest, draft: Draft, rule: Rule | None) -> HttpResponse:
    """What the rule on the page would have caught; nothing is kept."""
    draft.check()
    found: dict[str, Any] = {}
    try:
        group = read_conditions(draft.conditions())
        actions = clean_actions(draft.actions())
    except RuleError as error:
        found["problem"] = error_sentence(error.reason, error.value)
    except ActionError as error:
        found["problem"] = action_error_sentence(str(error))
    else:
        caught = backtest(request.membership, group)
        found = _found(caught, refusal(caught, group, actions))
    if request.htmx:
        return render(request, "harassment/_rule_preview.html", found)
    return _builder(request, draft, rule, preview=found)


def _found(found: Any, refused: Any) -> dict[str, Any]:
    return {
        "found": found,
        "refused": services.refusal_sentence(refused) if refused else "",
        "most": LOOKED_AT_MOST,
    }


def _builder(
    request: WorkspaceRequest,
    draft: Draft,
    rule: Rule | None = None,
    *,
    form: NameRuleForm | None = None,
    problem: str = "",
    preview: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    draft.dress(queries.choices_for(request.workspace))
    action = (
        reverse("harassment:rule-edit", args=[rule.code])
        if rule
        else reverse("harassment:rule-create")
    )
    context = {
        "rule": rule,
        "draft": draft,
        "form": form or NameRuleForm(initial={"name": draft.name, "note": draft.note}),
        "problem": problem,
        "preview": preview,
        "action": action,
        "subjects": list(SUBJECTS.items()),
        "matches": list(MATCH_WORDS.items()),
    }
    template = "harassment/_rule_builder.html" if request.htmx else "harassment/rule_form.html"
    return render(request, template, context, status=status)


def _part(request: WorkspaceRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A part of the rule's page: alone for htmx, inside a page of its own otherwise."""
    if request.htmx:
        return render(request, f"harassment/_rule_{name}.html", context)
    context |= {"is_alone": True, "part": f"harassment/_rule_{name}.html"}
    return render(request, "harassment/rule_part.html", context)


def to_rule(rule: Rule) -> HttpResponse:
    """Back to the page of a rule, whole: its head and states have changed."""
    return redirect("harassment:rule-detail", code=rule.code)
