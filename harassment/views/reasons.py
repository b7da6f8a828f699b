"""Why a comment was judged as it was: the figures for every reader, the words behind the mask."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries.comments import comment_for
from harassment.queries.exposure import Exposure, exposure_of
from harassment.queries.reasons import comment_reason
from harassment.services import explanations, reveals


@member(Grant.READ)
@require_GET
@never_cache
def show_reason(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What decided, against which threshold; the words only where they may be read."""
    return _answer(request, code)


@member(Grant.READ)
@require_POST
@never_cache
def explain_comment(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Have the scoring worker find out which words carried it; the answer looks again by itself."""
    explanations.ask_for_explanation(comment=comment_for(request.membership, code))
    if not request.htmx:
        return redirect("harassment:comment-reason", code=code)
    return _answer(request, code)


@member(Grant.TRIAGE)
@require_POST
@never_cache
def reveal_reason(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Show the words that carried it: the comment is revealed, counted and audited by that."""
    comment = comment_for(request.membership, code)
    try:
        reveals.reveal_comment(comment=comment, actor=request.user, why=request.POST.get("why", ""))
    except reveals.ExposureReached as reached:
        return _answer(request, code, asks_to_stop=reached.exposure, status=422)
    return _answer(request, code)


def _answer(
    request: WorkspaceRequest,
    code: UUID,
    *,
    asks_to_stop: Exposure | None = None,
    status: int = 200,
) -> HttpResponse:
    reason = comment_reason(request.membership, request.user, code)
    may_reveal = request.membership.may(Grant.TRIAGE)
    context: dict[str, object] = {
        "reason": reason,
        "may_reveal": may_reveal,
        "asks_to_stop": asks_to_stop,
        "reasons": reveals.Why.choices,
    }
    if reason.ground and may_reveal and not reason.is_readable:
        exposure = exposure_of(request.user)
        context |= {"exposure": exposure.today, "exposure_limit": exposure.limit}
    template = "harassment/_reason.html" if request.htmx else "harassment/comment_reason.html"
    return render(request, template, context, status=status)
