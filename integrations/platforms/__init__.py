"""The platforms Aura can connect, by kind, and the adapter that settings describe."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from integrations.platforms.base import Platform
from integrations.platforms.client import Client


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """One line of the registry: what people read, and the adapter to load on first use.

    `options` are the adapter's own arguments and the settings they come from. `needs` are the
    settings without which nobody can be asked for consent there, as alternatives.
    """

    label: str
    adapter: str
    options: Mapping[str, str]
    needs: tuple[tuple[str, ...], ...]

    @property
    def is_registered(self) -> bool:
        """Whether the operator registered this installation with the platform."""
        return any(all(getattr(settings, name) for name in names) for names in self.needs)


PLATFORMS: dict[str, PlatformEntry] = {
    "youtube": PlatformEntry(
        "YouTube",
        "integrations.platforms.youtube.YouTube",
        {"client_id": "GOOGLE_CLIENT_ID", "client_secret": "GOOGLE_CLIENT_SECRET"},
        (("GOOGLE_CLIENT_ID",),),
    ),
    "instagram": PlatformEntry(
        "Instagram",
        "integrations.platforms.instagram.Instagram",
        {
            "client_id": "INSTAGRAM_CLIENT_ID",
            "client_secret": "INSTAGRAM_CLIENT_SECRET",
            "verify_token": "INSTAGRAM_VERIFY_TOKEN",
            "graph_version": "GRAPH_VERSION",
        },
        (("INSTAGRAM_CLIENT_ID", "INSTAGRAM_CLIENT_SECRET"),),
    ),
    "tiktok": PlatformEntry(
        "TikTok",
        "integrations.platforms.tiktok.TikTok",
        {
            "business_id": "TIKTOK_BUSINESS_APP_ID",
            "business_secret": "TIKTOK_BUSINESS_APP_SECRET",
            "display_key": "TIKTOK_CLIENT_KEY",
            "display_secret": "TIKTOK_CLIENT_SECRET",
            "webhook_seconds": "WEBHOOK_MAX_AGE_SECONDS",
            "allow_stale": "ALLOW_STALE_WEBHOOKS",
        },
        (("TIKTOK_BUSINESS_APP_ID",), ("TIKTOK_CLIENT_KEY",)),
    ),
}


def platform(kind: str) -> Platform:
    """The adapter of `kind` as the settings describe it; KeyError when there is none.

    Kept per process and per settings value: its connection pool is worth sharing.
    """
    options = PLATFORMS[kind].options
    return _platform(
        kind,
        tuple(sorted(settings.PLATFORM_BASE_URLS.items())),
        tuple((name, getattr(settings, setting)) for name, setting in options.items()),
        getattr(settings, "PLATFORM_TIMEOUT_SECONDS", 15.0),
        getattr(settings, "PLATFORM_PROXY", "") or None,
    )


@cache
def _platform(
    kind: str,
    base_urls: tuple[tuple[str, str], ...],
    options: tuple[tuple[str, Any], ...],
    timeout_s: float,
    proxy: str | None,
) -> Platform:
    module, _, name = PLATFORMS[kind].adapter.rpartition(".")
    adapter = getattr(importlib.import_module(module), name)
    built: Platform = adapter(
        http=Client(timeout_s=timeout_s, proxy=proxy), base_urls=dict(base_urls), **dict(options)
    )
    return built
