"""The doors that Meta demands beside the webhook: permission taken back, data to be deleted."""

from collections.abc import Callable
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from integrations.platforms import PLATFORMS
from integrations.platforms import platform as adapter_of
from integrations.platforms.webhooks import WebhookRefused
from integrations.routing.models import DeletionRequest
from integrations.services import erasure


class MetaPlatform(Protocol):
    """What Meta's platforms can do and others cannot."""

    def signed_user(self, signed_request: str) -> str:
        """Whose request this is; WebhookRefused when Meta did not sign it."""
        ...


META = ("instagram", "facebook")
Act = Callable[[str, str], HttpResponse]


@never_cache
@csrf_exempt
@require_POST
def deauthorize(request: HttpRequest, platform: str) -> HttpResponse:
    """A person removed Aura from their apps. The signature of the one field is the guard."""

    def act(kind: str, user_id: str) -> HttpResponse:
        erasure.promise_check(platform_kind=kind, user_id=user_id)
        return HttpResponse("ok", content_type="text/plain")

    return _signed(request, platform, act)


@never_cache
@csrf_exempt
@require_POST
def delete_data(request: HttpRequest, platform: str) -> HttpResponse:
    """A person wants their data gone: where to see the state, and the code that proves the wish."""

    def act(kind: str, user_id: str) -> HttpResponse:
        code = erasure.request_deletion(platform_kind=kind, user_id=user_id)
        path = reverse("deletion-status", args=[code], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
        return JsonResponse(
            {"url": f"{settings.PUBLIC_BASE_URL}{path}", "confirmation_code": str(code)}
        )

    return _signed(request, platform, act)


@never_cache
@require_GET
def show_deletion(request: HttpRequest, code: UUID) -> HttpResponse:
    """How far a deletion is, for whoever holds its code; it names nobody."""
    row = get_object_or_404(DeletionRequest, code=code)
    label = PLATFORMS[row.platform].label if row.platform in PLATFORMS else row.platform
    context = {"row": row, "platform": label}
    return render(request, "integrations/deletion_status.html", context)


def _signed(request: HttpRequest, platform: str, act: Act) -> HttpResponse:
    if platform not in META:
        raise Http404
    try:
        adapter = cast("MetaPlatform", adapter_of(platform))
        user_id = adapter.signed_user(request.POST.get("signed_request", ""))
    except WebhookRefused:
        return HttpResponse(status=403)
    return act(platform, user_id[:200])
