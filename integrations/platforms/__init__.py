"""The platforms Aura can connect, by kind, and the adapter that settings describe."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from integrations.platforms.base import Platform
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Client
from integrations.platforms.egress import Egress


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """One line of the registry: what people read, and the adapter to load on first use.

    `options` are the adapter's own arguments and the settings they come from. `needs` are the
    settings without which nobody can be asked for consent there, as alternatives; `setup` says
    how the operator comes to them, where that is more than filling in a form.
    """

    label: str
    adapter: str
    options: Mapping[str, str]
    needs: tuple[tuple[str, ...], ...]
    setup: str = ""  # English msgid, for people

    @property
    def is_registered(self) -> bool:
        """Whether the operator registered this installation with the platform."""
        return any(all(getattr(settings, name) for name in names) for names in self.needs)

    @property
    def lacking(self) -> tuple[str, ...]:
        """The settings that are still empty, of the alternative that lacks fewest."""
        gaps = [tuple(n for n in names if not getattr(settings, n)) for names in self.needs]
        return min(gaps, key=len, default=())


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
    "facebook": PlatformEntry(
        "Facebook",
        "integrations.platforms.facebook.Facebook",
        {
            "client_id": "FACEBOOK_CLIENT_ID",
            "client_secret": "FACEBOOK_CLIENT_SECRET",
            "verify_token": "FACEBOOK_VERIFY_TOKEN",
            "graph_version": "GRAPH_VERSION",
        },
        (("FACEBOOK_CLIENT_ID", "FACEBOOK_CLIENT_SECRET"),),
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
    "x": PlatformEntry(
        "X",
        "integrations.platforms.x.X",
        {"client_id": "X_CLIENT_ID", "client_secret": "X_CLIENT_SECRET"},
        (("X_CLIENT_ID", "X_CLIENT_SECRET", "X_MONTHLY_USD"),),
        _(
            "X charges for all that is read: 0.005 dollars a post, 0.010 a person. It stays off "
            "until the operator sets how many dollars a month it may cost."
        ),
    ),
    "twitch": PlatformEntry(
        "Twitch",
        "integrations.platforms.twitch.Twitch",
        {"client_id": "TWITCH_CLIENT_ID", "client_secret": "TWITCH_CLIENT_SECRET"},
        (("TWITCH_CLIENT_ID", "TWITCH_CLIENT_SECRET"),),
    ),
    "reddit": PlatformEntry(
        "Reddit",
        "integrations.platforms.reddit.Reddit",
        {
            "client_id": "REDDIT_CLIENT_ID",
            "client_secret": "REDDIT_CLIENT_SECRET",
            "username": "REDDIT_USERNAME",
        },
        (("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET", "REDDIT_USERNAME"),),
        _(
            "Reddit admits an app only after it has approved it, and commercial use only by "
            "contract. Until then Aura cannot ask anybody for a permission there."
        ),
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
        settings.PLATFORM_TIMEOUT_SECONDS,
        tuple(settings.PLATFORM_ALLOWED_HOSTS),
        settings.PLATFORM_PROXY or None,
    )


@cache
def _platform(
    kind: str,
    base_urls: tuple[tuple[str, str], ...],
    options: tuple[tuple[str, Any], ...],
    timeout_s: float,
    allowed: tuple[str, ...],
    proxy: str | None,
) -> Platform:
    module, _, name = PLATFORMS[kind].adapter.rpartition(".")
    adapter = getattr(importlib.import_module(module), name)
    http = Client(timeout_s=timeout_s, egress=Egress.but(allowed), proxy=proxy)
    built: Platform = adapter(http=http, base_urls=dict(base_urls), **dict(options))
    return built
