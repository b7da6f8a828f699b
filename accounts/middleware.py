"""From host to workspace, session bound to it, language of the person; reset after each request."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import set_urlconf
from django.utils import timezone, translation

from accounts.database import connection
from accounts.models import User, Workspace

HOST_CACHE_SECONDS = 30
_hosts: dict[str, tuple[float, Workspace | None]] = {}


def workspace_of(host: str) -> Workspace | None:
    """The open workspace of a host name, or None. Answers from memory for 30 s.

    Only the host is remembered; membership is read on every request. Names that lead nowhere
    are not remembered, so a stranger cannot fill the memory.
    """
    host = host.lower()
    known = _hosts.get(host)
    if known and known[0] > time.monotonic():
        return known[1]
    connection.set_schema_to_public()
    found: Workspace | None = Workspace.objects.filter(domains__domain=host, is_open=True).first()
    if found:
        _hosts[host] = (time.monotonic() + HOST_CACHE_SECONDS, found)
    else:
        _hosts.pop(host, None)
    return found


def forget_hosts() -> None:
    """Drop what is remembered about hosts: a workspace opened, closed or was renamed."""
    _hosts.clear()


class WorkspaceMiddleware:
    """Enter the host's workspace, choose its URLs, leave it again whatever happens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()
        try:
            host = request.get_host().rsplit(":", 1)[0].lower()
        except DisallowedHost:
            host = ""
        if host == settings.PUBLIC_HOST:
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        else:
            workspace = workspace_of(host) if host else None
            if workspace is None:
                # Answered here, before sessions: an unknown host learns nothing.
                set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
                return render(request, "unknown_host.html", status=404)
            connection.set_tenant(workspace)
            request.urlconf = settings.ROOT_URLCONF
        set_urlconf(request.urlconf)
        try:
            return self.get_response(request)
        finally:
            connection.set_schema_to_public()
            translation.deactivate()
            timezone.deactivate()

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_: object
    ) -> HttpResponse | None:
        """Refuse a workspace view without a gate: forgetting one must not open a door."""
        if connection.schema_name == "public" or hasattr(view, "grant"):
            return None
        if hasattr(view, "admin_site") or hasattr(view, "model_admin"):
            return None  # the workspace admin asks the membership in has_permission
        raise Http404


class BoundSessionMiddleware:
    """A session belongs to the schema it began in; replayed on another host it is nobody's."""

    KEY = "schema"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        schema = connection.schema_name
        bound = request.session.get(self.KEY)
        if bound is None and not request.session.is_empty():
            request.session[self.KEY] = schema
        elif bound is not None and bound != schema:
            # Leave the true owner's session alone; this request simply has none.
            request.session = request.session.__class__(None)
            request.user = AnonymousUser()
        response = self.get_response(request)
        if not request.session.is_empty() and request.session.get(self.KEY) is None:
            request.session[self.KEY] = schema
        return response


class LanguageMiddleware:
    """Speak the person's language in their time zone; before sign-in, the browser's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            language = user.language
            timezone.activate(user.timezone)
        else:
            language = translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response
