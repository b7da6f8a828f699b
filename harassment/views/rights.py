"""The public side of the rights desk: nobody signs in, and nothing here says what is held."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, limits, tenancy
from accounts.gates import open_door
from harassment.models import RightsRequest
from harassment.queries.rights import copy_of, request_of_token
from harassment.rights_forms import AskRightsForm
from harassment.services import rights as services

HOUR, DAY = 3600, 24 * 3600
ASKED_MOST, LOOKED_MOST, OPENED_MOST = 5, 20, 120  # an hour and address
ASKED_BY_ALL = 200  # a day: beyond it somebody fills the queue on purpose


@open_door
@never_cache
@require_http_methods(["GET", "POST"])
def rights_desk(request: HttpRequest) -> HttpResponse:
    """Ask for access, correction, objection or erasure. Every handle gets the same answer."""
    form = AskRightsForm(request.POST or None)
    if request.method == "POST":
        if limits.is_over(request, "rights", most=ASKED_MOST, seconds=HOUR):
            return _slow_down(request)
        if form.is_valid():
            if limits.is_over_for_all("rights", most=ASKED_BY_ALL, seconds=DAY):
                return _slow_down(request)
            language = "fr" if (get_language() or "").startswith("fr") else "en"
            _asked, token = services.receive_request(**form.cleaned_data, language=language)
            return redirect("rights-status", token=token)
    context = {"form": form, "workspace": tenancy.current_workspace()}
    status = 422 if form.is_bound else 200
    return _unlisted(render(request, "harassment/rights_desk.html", context, status=status))


@open_door
@never_cache
@require_GET
def rights_status(request: HttpRequest, token: str) -> HttpResponse:
    """How far a request is, the code that proves the handle, and at the end the answer."""
    asked = _asked_of(request, token)
    has_copy = asked.has_copy and asked.copy_until is not None and asked.copy_until > timezone.now()
    context = {
        "asked": asked,
        "token": token,
        "has_copy": has_copy,
        "workspace": tenancy.current_workspace(),
    }
    return _unlisted(render(request, "harassment/rights_status.html", context))


@open_door
@require_POST
def rights_prove(request: HttpRequest, token: str) -> HttpResponse:
    """Look for the code among the comments that were read."""
    asked = _asked_of(request, token)
    if limits.is_over(request, "rights-look", most=LOOKED_MOST, seconds=HOUR):
        return _slow_down(request)
    if services.look_for_code(asked=asked):
        messages.success(request, _("The code was found. Thank you."))
    else:
        messages.info(
            request, _("The code was not found yet. It can take some minutes until it is read.")
        )
    return redirect("rights-status", token=token)


@open_door
@never_cache
@require_GET
def rights_copy(request: HttpRequest, token: str) -> HttpResponse:
    """The copy of what is held, once a person has granted it and for a limited time."""
    asked = _asked_of(request, token)
    if not asked.has_copy or asked.copy_until is None or asked.copy_until <= timezone.now():
        raise Http404
    audit.record("harassment.request.copy-taken", target=asked.label)
    answer = JsonResponse(copy_of(asked), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{asked.label}.json"'
    return _unlisted(answer)


def _asked_of(request: HttpRequest, token: str) -> RightsRequest:
    asked = request_of_token(token)
    if asked is None:
        raise Http404
    return asked


def _slow_down(request: HttpRequest) -> HttpResponse:
    sentence = _("There were many requests from here. Wait an hour; nothing is lost.")
    return render(request, "429.html", {"sentence": sentence}, status=429)


def _unlisted(answer: HttpResponse) -> HttpResponse:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"  # the address is the key
    return answer
