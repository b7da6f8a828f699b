"""Pages of the public host: landing, the person's workspaces, invitations, the hand-off."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import queries, services, sso
from accounts.forms import OpenWorkspaceForm
from accounts.models import User


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """What Aura is; people who are signed in go on to their workspaces."""
    if request.user.is_authenticated:
        return redirect("workspaces")
    return render(request, "public/landing.html")


@login_required
@require_http_methods(["GET", "POST"])
def workspaces(request: HttpRequest) -> HttpResponse:
    """The person's workspaces, and the form that opens a new one."""
    user = _user(request)
    form = OpenWorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workspace = services.open_workspace(owner=user, **form.cleaned_data)
        except services.WorkspaceError as error:
            form.add_error("slug", str(error))
        except ValidationError as error:
            form.add_error("slug", error)
        else:
            return HttpResponseRedirect(workspace.url + "/")
    context = {"memberships": list(queries.workspaces_of(user)), "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "public/workspaces.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then join: opening a link in a mail never joins by itself."""
    if request.method == "POST":
        try:
            membership = services.accept_invitation(token=token, user=_user(request))
        except services.MembershipError as error:
            messages.error(request, str(error))
            return redirect("workspaces")
        return HttpResponseRedirect(membership.workspace.url + "/")
    return render(request, "public/invitation.html", {"token": token})


@login_required
@never_cache
@require_GET
def handoff(request: HttpRequest) -> HttpResponse:
    """Give a member of the asking workspace a token for its host; a stranger learns nothing."""
    try:
        workspace, asked = sso.requested(request.GET.get("request", ""))
        token = sso.issue(_user(request), workspace, asked)
    except sso.HandoffError:
        raise Http404(_("There is nothing here.")) from None
    return HttpResponseRedirect(f"{workspace.url}/sso/consume/?" + urlencode({"token": token}))


@never_cache
@require_GET
def farewell(request: HttpRequest) -> HttpResponse:
    """End the public session of somebody who left on a workspace host.

    A GET that signs out needs the signed token of that very person: a link elsewhere cannot.
    """
    if sso.is_farewell(request, request.GET.get("token", "")):
        logout(request)
        return redirect("landing")
    return redirect("account_logout")


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
