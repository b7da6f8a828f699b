"""Logs and error pages without tokens: what an exception quotes, and what its frames hold."""

import logging
from collections.abc import ItemsView, Mapping
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from integrations.redaction import redact

_KEPT_META = frozenset({"HTTP_HOST", "HTTP_ACCEPT_LANGUAGE", "REQUEST_METHOD", "SERVER_PROTOCOL"})
_HIDDEN = "…"


class QuietFormatter(logging.Formatter):
    """Redacts the finished line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return redact(super().format(record))


class QuietFilter(SafeExceptionReporterFilter):
    """Nothing that was in use where the error happened, with DEBUG or without.

    Local variables, cookies, forms and the settings may each hold a token, and a developer's
    browser, screenshot or bug report is no place for one. Printing a variable may even ask the
    database, which fails in the middle of an error.
    """

    def get_safe_settings(self) -> dict[str, Any]:
        """None of them."""
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        """The few that say nothing about a person."""
        meta = super().get_safe_request_meta(request)
        return {name: value for name, value in meta.items() if name in _KEPT_META}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        """Their names."""
        return _names(super().get_safe_cookies(request))

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Their names."""
        return _names(super().get_post_parameters(request))

    def get_traceback_frame_variables(
        self, request: HttpRequest, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """None of them."""
        return dict[str, Any]().items()


class QuietReporter(ExceptionReporter):
    """Django's error page with the place of the error; the words of an exception are redacted."""

    def get_traceback_data(self) -> dict[str, Any]:
        """Everything but the query, which may hold the code of a consent."""
        data = super().get_traceback_data()
        if isinstance(self.request, HttpRequest):
            data["request_GET_items"] = _names(self.request.GET).items()
            data["request_insecure_uri"] = self.request.path
        return data

    def get_traceback_html(self) -> SafeString:
        """The page, as safe as it was: redacting only takes away."""
        return SafeString(redact(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """The same for programs."""
        return SafeString(redact(super().get_traceback_text()))


def _names(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(values, _HIDDEN)
