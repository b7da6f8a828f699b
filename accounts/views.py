"""Pages about people inside a workspace, and the workspace side of the sign-in hand-off."""

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, queries, services, sso, tenancy
from accounts.forms import AppearanceForm, ChangeRoleForm, InviteMemberForm, ProfileForm
from accounts.gates import WorkspaceRequest, member, open_door
from accounts.models import Grant, Invitation, Membership, Role, User

logger = logging.getLogger(__name__)


@open_door
@never_cache
@require_GET
def start_sso(request: HttpRequest) -> HttpResponse:
    """Send the browser to the public host to prove who it is."""
    next_path = local_path(request, request.GET.get("next"))
    asked = sso.start(request, tenancy.current_workspace(), next_path)
    return HttpResponseRedirect(
        f"{settings.PUBLIC_BASE_URL}/sso/handoff/?" + urlencode({"request": asked})
    )


@open_door
@never_cache
@require_GET
def consume_sso(request: HttpRequest) -> HttpResponse:
    """Sign the browser in on this host with a token that works once."""
    workspace = tenancy.current_workspace()
    try:
        handoff = sso.consume(request, workspace, request.GET.get("token", ""))
    except sso.HandoffError as error:
        logger.info("sign-in hand-off refused: %s", error)
        return render(request, "accounts/sso_refused.html", status=403)
    with tenancy.public():
        login(request, handoff.user, backend="accounts.backends.EmailBackend")
        request.session["schema"] = workspace.schema_name
    return redirect(handoff.next)


@open_door
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here, then the one on the public host."""
    token = sso.farewell(request.user) if isinstance(request.user, User) else ""
    with tenancy.public():
        logout(request)
    return HttpResponseRedirect(
        f"{settings.PUBLIC_BASE_URL}/sso/farewell/?" + urlencode({"token": token})
    )


@member(Grant.READ)
@require_http_methods(["GET", "POST"])
def profile(request: WorkspaceRequest) -> HttpResponse:
    """Name, language, time zone, theme, contrast, shortcuts."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        with tenancy.public():
            form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)


@member(Grant.READ)
@require_POST
def appearance(request: WorkspaceRequest) -> HttpResponse:
    """Switch the theme and stay on the page."""
    form = AppearanceForm(request.POST, instance=request.user)
    if form.is_valid():
        with tenancy.public():
            form.save()
    return redirect(local_path(request, request.POST.get("next")))


@member(Grant.READ)
@require_GET
def member_list(request: WorkspaceRequest) -> HttpResponse:
    """Who has access, and who was invited."""
    return render(request, "accounts/member_list.html", _people(request, InviteMemberForm()))


@member(Grant.MANAGE)
@require_POST
def invite_member(request: WorkspaceRequest) -> HttpResponse:
    """Offer a role to an address."""
    form = InviteMemberForm(request.POST)
    if form.is_valid():
        try:
            services.invite(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except services.MembershipError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("accounts:member-list")
    return render(request, "accounts/member_list.html", _people(request, form), status=422)


@member(Grant.CONNECT)
@require_POST
def withdraw_invitation(request: WorkspaceRequest, code: str) -> HttpResponse:
    """Make an invitation's link useless. A creator can do so for their own helpers' alone."""
    own = {} if request.membership.may(Grant.MANAGE) else {"helps_id": request.user.pk}
    with tenancy.public():
        invitation = get_object_or_404(
            Invitation, code=code, workspace=request.workspace, accepted_at=None, **own
        )
        invitation.delete()
    audit.record("accounts.invitation.withdrawn", actor=request.user, target=str(code))
    return redirect("accounts:helper-list" if own else "accounts:member-list")


@member(Grant.OWN)
@require_POST
def change_role(request: WorkspaceRequest, code: str) -> HttpResponse:
    """Give a member another role."""
    membership = _membership(request, code)
    form = ChangeRoleForm(request.POST)
    if form.is_valid():
        try:
            services.change_role(
                membership=membership, role=form.cleaned_data["role"], actor=request.user
            )
            messages.success(request, _("The role is changed."))
        except services.MembershipError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, _("Choose a role from the list."))
    return redirect("accounts:member-list")


@member(Grant.OWN)
@require_POST
def remove_member(request: WorkspaceRequest, code: str) -> HttpResponse:
    """End somebody's access at once."""
    try:
        services.remove_member(membership=_membership(request, code), actor=request.user)
        messages.success(request, _("Access ended."))
    except services.MembershipError as error:
        messages.error(request, str(error))
    return redirect("accounts:member-list")


@member(Grant.MANAGE)
@require_GET
def audit_list(request: WorkspaceRequest) -> HttpResponse:
    """What was done in the workspace, by whom, newest first."""
    raw = request.GET.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None
    entries, next_before = queries.audit_page(request.workspace, before)
    context = {"entries": entries, "next_before": next_before}
    return render(request, "accounts/audit_list.html", context)


def local_path(request: HttpRequest, target: str | None) -> str:
    """`target` when it stays on this host, else the home page: no open redirects."""
    if target and target.startswith("/") and url_has_allowed_host_and_scheme(target, None):
        return target
    return "/"


def _membership(request: WorkspaceRequest, code: str) -> Membership:
    with tenancy.public():
        return get_object_or_404(
            Membership.objects.select_related("workspace", "user"),
            code=code,
            workspace=request.workspace,
        )


def _people(request: WorkspaceRequest, form: InviteMemberForm) -> dict[str, object]:
    return {
        "members": queries.members_of(request.workspace),
        "invitations": queries.invitations_open(request.workspace),
        "form": form,
        "role_choices": Role.choices,
        "may_invite": request.membership.may(Grant.MANAGE),
        "may_change": request.membership.may(Grant.OWN),
    }
