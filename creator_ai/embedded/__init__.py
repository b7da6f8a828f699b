"""PostgreSQL and Valkey out of two wheels, for machines that have neither.

`services(home)` supervises both; `resolve_urls()` tells the settings where they are.
"""

from creator_ai.embedded.errors import EmbeddedError
from creator_ai.embedded.home import Urls, default_home, join_running, resolve_urls
from creator_ai.embedded.lifecycle import Services, services

__all__ = [
    "EmbeddedError",
    "Services",
    "Urls",
    "default_home",
    "join_running",
    "resolve_urls",
    "services",
]
