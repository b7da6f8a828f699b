"""Health, language before sign-in, and the pages people see when something is wrong."""

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import AccessEnded, open_door
from accounts.views import local_path


@open_door
@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether the parts answer: 200 when the database does, with a word for each part."""
    parts = {"database": _answers(_ask_database), "redis": _answers(_ask_redis)}
    status = 200 if parts["database"] == "ok" else 503
    return JsonResponse({"ok": status == 200, "parts": parts}, status=status)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the public pages before sign-in."""
    chosen = request.POST.get("language", "")
    response = redirect(local_path(request, request.POST.get("next")))
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600,
            secure=settings.IS_HTTPS, httponly=True, samesite="Lax",
        )  # fmt: skip
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what was sent cannot be read. 413: it is too large, and nothing of it was kept."""
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        sentence = _(
            "This is larger than %(count)d MB, so nothing was saved. What you wrote is still in "
            "its field: go back, shorten it and send it again."
        ) % {"count": most}
        return _problem(request, 413, "400.html", sentence)
    return _problem(request, 400, "400.html", _("The request could not be read. Try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: a member without the right, or a helper whose time is over."""
    if isinstance(exception, AccessEnded):
        sentence = _("Your access to this workspace has ended. Ask the person who invited you.")
        return _problem(request, 403, "access_ended.html", sentence)
    return _problem(
        request, 403, "403.html", _("Your role here does not allow this. Ask an owner.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing for this person; the two look the same."""
    return _problem(request, 404, "404.html", _("There is nothing here any more."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: ours to mend; nothing of the inside is shown."""
    return _problem(
        request, 500, "500.html", _("Something broke on our side. Try again in a moment.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old."""
    return _problem(
        request, 403, "csrf.html", _("This page was open too long. Reload it and try again.")
    )


def _problem(request: HttpRequest, status: int, template: str, sentence: str) -> HttpResponse:
    if getattr(request, "htmx", None):
        context: dict[str, Any] = {"kind": "danger", "text": sentence}
        return render(request, "ui/_toast.html", context, status=status)
    return render(request, template, {"sentence": sentence, "status": status}, status=status)


def _answers(ask: Any) -> str:
    try:
        ask()
    except Exception as error:
        return type(error).__name__
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    cache.get("health")
