"""What a person's grant leaves of what a platform can do."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from integrations.platforms.base import Cap, Support


def within_grant(
    capabilities: Mapping[Cap, Support], granted: Collection[str]
) -> Mapping[Cap, Support]:
    """`capabilities`, with "needs_scope" where the person withheld the permission one needs."""
    return {
        cap: replace(support, state="needs_scope")
        if support.state == "yes" and support.scope and support.scope not in granted
        else support
        for cap, support in capabilities.items()
    }
