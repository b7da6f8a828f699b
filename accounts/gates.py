"""Who may: every workspace view wears a gate, and the middleware refuses one that does not."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import now
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts import tenancy
from accounts.models import Grant, Membership, User, Workspace


class AccessEnded(PermissionDenied):
    """The person was let in for a limited time, and it is over."""


class WorkspaceRequest(HttpRequest):
    """A request whose person, workspace and role are known: what a gated view receives."""

    user: User
    workspace: Workspace
    membership: Membership
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[WorkspaceRequest, P], HttpResponse]
Door = Callable[Concatenate[HttpRequest, P], HttpResponse]


def member(grant: str = Grant.READ) -> Callable[[View[P]], Door[P]]:
    """Let members whose role carries the grant through.

    Nobody signed in: to the sign-in, and back. Signed in but no active member: 404, as if the
    workspace did not exist; somebody whose time as a helper is over hears that (AccessEnded). A
    weak role: 403.
    """
    Grant(grant)

    def gate(view: View[P]) -> Door[P]:
        @wraps(view)
        def gated(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            workspace = tenancy.current_workspace()
            if not request.user.is_authenticated:
                return _sign_in(request)
            membership = membership_of(request.user.pk, workspace)
            if membership is None:
                if has_ended(request.user.pk, workspace):
                    raise AccessEnded
                raise Http404
            if not membership.may(grant):
                raise PermissionDenied
            request.workspace = workspace  # type: ignore[attr-defined]
            request.membership = membership  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        gated.grant = grant  # type: ignore[attr-defined]
        return gated

    return gate


def open_door(view: Door[P]) -> Door[P]:
    """Mark a workspace view that needs no membership: the sign-in hand-off and health."""
    view.grant = None  # type: ignore[attr-defined]
    return view


def membership_of(user_id: int, workspace: Workspace) -> Membership | None:
    """The active membership, read from the database every time: a revoke acts at once."""
    with tenancy.public():
        return Membership.objects.active().filter(user_id=user_id, workspace=workspace).first()


def has_ended(user_id: int, workspace: Workspace) -> bool:
    """Whether the person was a member until some moment that has passed."""
    with tenancy.public():
        return Membership.objects.filter(
            user_id=user_id, workspace=workspace, expires_at__lte=now()
        ).exists()


def _sign_in(request: HttpRequest) -> HttpResponse:
    htmx = getattr(request, "htmx", None)
    if htmx:
        # A fragment cannot hold the sign-in page; send the whole page there and back.
        here = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect("/sso/start/?" + urlencode({"next": here}))
    here = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect("/sso/start/?" + urlencode({"next": here}))
