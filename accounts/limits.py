"""How often a stranger may knock: counted per address without keeping the address."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def is_over(request: HttpRequest, name: str, *, most: int, seconds: int) -> bool:
    """Count one knock of this network address at `name`; whether it is more than `most` in that
    time. In the entered workspace alone: keys hold the schema."""
    address = salted_hmac("accounts.limits", request.META.get("REMOTE_ADDR", "")).hexdigest()
    return _count(f"limit:{name}:{address[:32]}", seconds) > most


def is_over_for_all(name: str, *, most: int, seconds: int) -> bool:
    """The same for everybody together: a crowd of addresses must not fill a queue."""
    return _count(f"limit:{name}", seconds) > most


def _count(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:
        return 1  # it expired between the two
