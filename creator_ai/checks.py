"""System checks: settings that must not ship."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from harassment import signing


@register(Tags.security, deploy=True)
def no_development_secret(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A public address needs a secret of its own."""
    if settings.IS_HTTPS and settings.SECRET_KEY.startswith("insecure-development-key"):
        return [
            Error(
                "SECRET_KEY is the development one.",
                hint="Set SECRET_KEY (or SECRET_KEY_FILE) to 50 or more random characters.",
                id="aura.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def no_debug_in_public(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Error pages of a public site show nothing of the inside."""
    if settings.IS_HTTPS and settings.DEBUG:
        return [Error("DEBUG is on.", hint="Unset DEBUG.", id="aura.E002")]
    return []


@register(Tags.security, deploy=True)
def a_signing_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without a key of its own the installation seals no day and exports no evidence."""
    try:
        signing.public_key()
    except signing.NoSigningKey as error:
        kind = Error if settings.EVIDENCE_KEY else checks.Warning
        return [kind("Evidence cannot be signed.", hint=str(error), id="aura.E003")]
    return []


@register(Tags.security, deploy=True)
def only_public_platforms(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A public site sends its tokens over https to the platforms and to nobody on its own network.

    The addresses of the sandbox are for the demo and the tests.
    """
    if not settings.IS_HTTPS:
        return []
    schemes = {urlsplit(url).scheme for url in settings.PLATFORM_BASE_URLS.values()}
    if not settings.PLATFORM_ALLOWED_HOSTS and schemes <= {"https", "wss"}:
        return []
    return [
        Error(
            "Platforms may be reached at private or unencrypted addresses.",
            hint="Unset PLATFORM_ALLOWED_HOSTS and give every PLATFORM_BASE_URL_* https or wss.",
            id="aura.E004",
        )
    ]
