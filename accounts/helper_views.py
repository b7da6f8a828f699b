"""Trusted helpers: somebody who may look, decide or hide for a limited time, and for whom."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import queries, services, tenancy
from accounts.forms import InviteHelperForm
from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant, Membership, Role


@member(Grant.CONNECT)
@require_GET
@never_cache
def helper_list(request: WorkspaceRequest) -> HttpResponse:
    """Who helps, how far, until when; and the form that invites somebody."""
    return _page(request, None)


@member(Grant.CONNECT)
@require_POST
def invite_helper(request: WorkspaceRequest) -> HttpResponse:
    """Offer somebody limited access for a limited time. A creator lends only their own accounts."""
    form = _form(request, queries.helpers(request.membership))
    if form.is_valid():
        try:
            services.invite(workspace=request.workspace, actor=request.user, **form.offer())
        except services.MembershipError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("accounts:helper-list")
    return _page(request, form)


@member(Grant.CONNECT)
@require_POST
def end_helper(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """End a helper's access at once."""
    with tenancy.public():
        helper = get_object_or_404(
            Membership.objects.select_related("workspace"),
            code=code,
            workspace=request.workspace,
            role=Role.HELPER,
        )
    if request.membership.confined_to not in {None, helper.helps_id}:
        raise Http404
    services.end_help(membership=helper, actor=request.user)
    messages.success(request, _("Access ended."))
    return redirect("accounts:helper-list")


def _form(request: WorkspaceRequest, found: queries.Helpers) -> InviteHelperForm:
    form = InviteHelperForm(request.POST or None, creators=found.creators)
    return form if request.membership.confined_to is None else form.only_for(request.membership)


def _page(request: WorkspaceRequest, form: InviteHelperForm | None) -> HttpResponse:
    found = queries.helpers(request.membership)
    context = {"helpers": found, "form": form or _form(request, found)}
    status = 422 if form else 200
    return render(request, "accounts/helper_list.html", context, status=status)
