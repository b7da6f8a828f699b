"""The platforms Aura can connect, by kind, and the adapter that settings describe."""

import importlib
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from integrations.platforms.base import Platform
from integrations.platforms.client import Client


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """One line of the registry: what people read, and the adapter to load on first use."""

    label: str
    adapter: str


PLATFORMS: dict[str, PlatformEntry] = {
    "youtube": PlatformEntry("YouTube", "integrations.platforms.youtube.YouTube"),
}


def platform(kind: str) -> Platform:
    """The adapter of `kind` as the settings describe it; KeyError when there is none.

    Kept per process and per settings value: its connection pool is worth sharing.
    """
    return _platform(
        kind,
        tuple(sorted(settings.PLATFORM_BASE_URLS.items())),
        settings.GOOGLE_CLIENT_ID,
        settings.GOOGLE_CLIENT_SECRET,
        getattr(settings, "PLATFORM_TIMEOUT_SECONDS", 15.0),
        getattr(settings, "PLATFORM_PROXY", "") or None,
    )


@cache
def _platform(
    kind: str,
    base_urls: tuple[tuple[str, str], ...],
    client_id: str,
    client_secret: str,
    timeout_s: float,
    proxy: str | None,
) -> Platform:
    module, _, name = PLATFORMS[kind].adapter.rpartition(".")
    adapter = getattr(importlib.import_module(module), name)
    built: Platform = adapter(
        http=Client(timeout_s=timeout_s, proxy=proxy),
        base_urls=dict(base_urls),
        client_id=client_id,
        client_secret=client_secret,
    )
    return built
