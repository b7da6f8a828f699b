"""The door for captured comments: a key that may do this and nothing else, no cookie, no form."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import limits, tenancy
from accounts.gates import membership_of, open_door
from accounts.models import Grant, Membership
from integrations.imports.capture import CaptureError, read_batch
from integrations.models import CaptureToken
from integrations.services import captures

MINUTE = 60
WRONG_KEYS = 20  # a minute and address; a key cannot be guessed, but trying must not be free
SCHEME = "Bearer "


@open_door
@csrf_exempt
@never_cache
@require_http_methods(["POST", "OPTIONS"])
def receive_batch(request: HttpRequest) -> HttpResponse:
    """Take a batch of captured comments: {"new": n, "known": n}, or why not."""
    origin = request.headers.get("Origin", "")
    if origin and origin not in settings.CAPTURE_ORIGINS:
        return _refusal(403, "origin", _("This page may not send comments to Aura."))
    response = HttpResponse(status=204) if request.method == "OPTIONS" else _receive(request)
    response.headers["Vary"] = "Origin"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
    return response


def _receive(request: HttpRequest) -> HttpResponse:
    if unfit := _unfit(request):
        return unfit
    found = _bearer(request)
    if isinstance(found, HttpResponse):
        return found
    token, member = found
    most = settings.CAPTURE_BATCHES_A_MINUTE
    if limits.is_over_for_all(f"capture:{token.pk}", most=most, seconds=MINUTE):
        return _too_many()
    try:
        batch = read_batch(request.body, now=timezone.now())
    except CaptureError as error:
        return _refusal(422, "content", _(error.sentence), item=error.item)
    received = captures.receive_captures(token=token, batch=batch, member=member)
    return JsonResponse({"new": received.new, "known": received.known})


def _unfit(request: HttpRequest) -> HttpResponse | None:
    """Asked before the body is touched."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        return _refusal(411, "length", _("The length of the message is missing."))
    if int(length) > settings.CAPTURE_MAX_BYTES:
        return _refusal(413, "size", _("The message is too large. Send fewer comments at once."))
    if request.content_type != "application/json":
        return _refusal(415, "type", _("The message is not JSON."))
    return None


def _bearer(request: HttpRequest) -> tuple[CaptureToken, Membership] | HttpResponse:
    """Whose key this is and what they are here, asked anew each time: a revoke acts at once."""
    told = request.headers.get("Authorization", "")
    plain = told.removeprefix(SCHEME).strip() if told.startswith(SCHEME) else ""
    token = captures.find_token(plain=plain)
    if token is None:
        if limits.is_over(request, "capture-key", most=WRONG_KEYS, seconds=MINUTE):
            return _too_many()
        refusal = _refusal(401, "key", _("The key is not known or was revoked."))
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    member = membership_of(token.user_id, tenancy.current_workspace())
    if member is None or not member.may(Grant.MODERATE):
        return _refusal(403, "role", _("You may not bring comments into this workspace any more."))
    return token, member


def _too_many() -> HttpResponse:
    refusal = _refusal(429, "rate", _("Too many at once. Wait a minute."))
    refusal.headers["Retry-After"] = str(MINUTE)
    return refusal


def _refusal(status: int, error: str, message: str, item: int | None = None) -> HttpResponse:
    told = {"error": error, "message": message, **({"item": item} if item else {})}
    return JsonResponse(told, status=status)
