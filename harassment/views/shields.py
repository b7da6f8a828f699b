"""The shield: raised with one tap, seen on every page, extended, stopped; what it holds."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from accounts.views import local_path
from harassment.forms import ShieldForm
from harassment.models import Shield
from harassment.queries import shields
from harassment.queries.comments import comment_for
from harassment.services import shields as services


@member(Grant.READ)
@require_GET
@never_cache
def shield_list(request: WorkspaceRequest) -> HttpResponse:
    """Which accounts are shielded, the form that raises one, and the latest that are over."""
    page = shields.shield_list(request.membership)
    context = {
        "page": page,
        "form": ShieldForm(accounts=[line.account for line in page.lines]),
        "most": settings.SHIELD_HOURS_MOST,
    }
    return render(request, "harassment/shield_list.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def shield_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """What one shield holds, and its digest."""
    page = shields.shield_page(request.membership, code)
    return render(request, "harassment/shield_detail.html", {"page": page})


@member(Grant.READ)
@require_GET
@never_cache
def shield_banner(request: WorkspaceRequest) -> HttpResponse:
    """The line under the top bar, asked again each minute: how long it still lasts."""
    if not request.htmx:
        return redirect("harassment:shield-list")
    return render(request, "harassment/_shield_banner.html", {"path": _here(request)})


@member(Grant.MODERATE)
@require_POST
def raise_shield(request: WorkspaceRequest) -> HttpResponse:
    """Put it up for the named accounts, or for all that the person sees."""
    accounts = list(shields.shield_accounts(request.membership))
    form = ShieldForm(request.POST, accounts=accounts)
    if not form.is_valid():
        messages.error(request, _("Choose for how long and for which account."))
        return redirect("harassment:shield-list")
    try:
        raised = services.raise_shield(
            accounts=form.chosen(),
            hours=form.cleaned_data["hours"],
            actor=request.user,
            origin=form.cleaned_data["origin"] or Shield.Origin.PAGE,
            is_hiding=form.cleaned_data["is_hiding"],
        )
    except services.ShieldError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            ngettext(
                "The shield is up for %(count)d account.",
                "The shield is up for %(count)d accounts.",
                len(raised),
            )
            % {"count": len(raised)},
        )
    return _back(request)


@member(Grant.MODERATE)
@require_POST
def extend_shield(request: WorkspaceRequest) -> HttpResponse:
    """Let those that are up, or the named one, last longer."""
    services.extend_shields(
        shields=_asked(request), hours=settings.SHIELD_HOURS, actor=request.user
    )
    messages.success(request, _("The shield lasts longer now."))
    return _back(request)


@member(Grant.MODERATE)
@require_POST
def stop_shield(request: WorkspaceRequest) -> HttpResponse:
    """Take down those that are up, or the named one: everything is as it was before."""
    services.stop_shields(shields=_asked(request), actor=request.user)
    messages.success(request, _("The shield is down. Everything is as it was before."))
    return _back(request)


@member(Grant.MODERATE)
@require_POST
def release_hold(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Let one held comment through."""
    comment = comment_for(request.membership, code)
    if services.release_hold(comment=comment, actor=request.user):
        messages.success(request, _("The comment is let through."))
    return _back(request)


def _asked(request: WorkspaceRequest) -> Sequence[Shield]:
    raw = request.POST.get("shield", "")
    try:
        code = UUID(raw) if raw else None
    except ValueError:
        raise PermissionDenied from None
    return shields.shields_up(request.membership, code)


def _back(request: WorkspaceRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    return redirect(local_path(request, target) if target else "harassment:shield-list")


def _here(request: WorkspaceRequest) -> str:
    return request.htmx.current_url_abs_path or "/"
