"""What people do with rules that are there: on, off, back, and taking back what one did."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.models import Rule, RuleHit
from harassment.queries import rules as queries
from harassment.queries.backtests import LOOKED_AT_MOST, backtest, refusal
from harassment.queries.thresholds import threshold_conditions, threshold_table
from harassment.rule_forms import ChooseThresholdsForm
from harassment.rules import read_conditions
from harassment.services import rules as services
from harassment.views.rules import check_builder, to_rule
from integrations.models import Comment


@member(Grant.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def turn_rule_on(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """The figures first; then, by POST with the version they were of, a person turns it on."""
    rule = get_object_or_404(Rule.objects.select_related("current", "live"), code=code)
    if rule.current is None:
        raise Http404
    if request.method == "POST":
        raw = request.POST.get("number", "")
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0
        return _try(
            request,
            rule,
            lambda: services.turn_on(rule=rule, number=number, membership=request.membership),
            _("The rule is on. Everything it does can be taken back here."),
        )
    group = read_conditions(rule.current.conditions)
    found = backtest(request.membership, group)
    refused = refusal(found, group, rule.current.actions)
    names = queries.names_of(queries.choices_for(request.workspace))
    context = {
        "rule": rule,
        "text": queries.in_words(rule.current, names),
        "log": queries.rule_log(request.membership, rule, size=0),
        "found": found,
        "refused": services.refusal_sentence(refused) if refused else "",
        "most": LOOKED_AT_MOST,
    }
    return render(request, "harassment/rule_live.html", context)


@member(Grant.MODERATE)
@require_POST
def shadow_rule(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Let it only write down."""
    check_builder(request)
    rule = get_object_or_404(Rule, code=code)
    return _try(
        request,
        rule,
        lambda: services.watch_only(rule=rule, membership=request.membership),
        _("In shadow: it only writes down."),
    )


@member(Grant.MODERATE)
@require_POST
def turn_rule_off(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Let it do nothing."""
    check_builder(request)
    rule = get_object_or_404(Rule, code=code)
    return _try(
        request,
        rule,
        lambda: services.turn_off(rule=rule, membership=request.membership),
        _("The rule is off. What it did stays until somebody takes it back."),
    )


@member(Grant.MODERATE)
@require_POST
def revert_rule(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Make an older version the newest again, in shadow."""
    check_builder(request)
    rule = get_object_or_404(Rule, code=code)
    raw = request.POST.get("number", "")
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0
    return _try(
        request,
        rule,
        lambda: services.revert_rule(rule=rule, number=number, membership=request.membership),
        _("The older version is the newest again, in shadow."),
    )


@member(Grant.MODERATE)
@require_POST
def undo_hit(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take back what a rule did to one comment."""
    check_builder(request)
    hits = RuleHit.objects.visible_to(request.membership).filter(is_shadow=False)
    hit = get_object_or_404(
        hits.select_related("version__rule", "comment", "action__comment"), code=code
    )
    return _try(
        request,
        hit.version.rule,
        lambda: services.undo_hit(hit=hit, membership=request.membership),
        _("Taking it back is under way."),
    )


@member(Grant.MODERATE)
@require_POST
def unlabel_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take a rule's label or mark off a comment."""
    comment = get_object_or_404(Comment.objects.visible_to(request.membership), code=code)
    services.remove_label(
        comment=comment, name=request.POST.get("name", "")[:40], membership=request.membership
    )
    return redirect("harassment:comment-detail", code=code)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
@never_cache
def choose_thresholds(request: WorkspaceRequest) -> HttpResponse:
    """From which score on to hide, by language, with the figures; kept as a rule in shadow."""
    check_builder(request)
    form = ChooseThresholdsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            rule = services.save_thresholds(
                membership=request.membership, conditions=threshold_conditions(form.levels())
            )
        except services.RuleServiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is kept. In shadow it only writes down."))
            return to_rule(rule)
    context = {"form": form, "tables": threshold_table(request.membership), "most": LOOKED_AT_MOST}
    status = 422 if form.is_bound else 200
    return render(request, "harassment/rule_thresholds.html", context, status=status)


def _try(
    request: WorkspaceRequest, rule: Rule, act: Callable[[], object], sentence: str
) -> HttpResponse:
    try:
        act()
    except services.RuleServiceError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence)
    return redirect("harassment:rule-detail", code=rule.code)
