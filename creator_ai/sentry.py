"""Error reporting: off by default, and stripped of everything that could be personal."""

from typing import Any

import sentry_sdk
from django.conf import settings

from accounts.database import connection

# Whatever is not in here never leaves the machine.
_KEPT_REQUEST_KEYS = frozenset({"method"})
_KEPT_EVENT_KEYS = frozenset(
    {"event_id", "timestamp", "level", "platform", "release", "environment", "exception",
     "transaction", "tags", "sdk", "modules", "contexts", "request"}
)  # fmt: skip


def start() -> None:
    """Begin reporting when settings.SENTRY_DSN is set."""
    if not settings.SENTRY_DSN:
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=scrub,  # type: ignore[arg-type]
    )


def scrub(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Keep the kind and place of an error; drop its message, the request and the person.

    An exception's text may quote a comment or a token, so only its type goes out.
    """
    kept = {key: value for key, value in event.items() if key in _KEPT_EVENT_KEYS}
    kept["request"] = {
        key: value for key, value in event.get("request", {}).items() if key in _KEPT_REQUEST_KEYS
    }
    for error in kept.get("exception", {}).get("values", []):
        error["value"] = ""
        for frame in error.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    kept["tags"] = {"schema": connection.schema_name}
    return kept
