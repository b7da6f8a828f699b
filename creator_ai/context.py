"""What every page needs: the counts in the rail, once per page, only inside a workspace."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from harassment.queries import navigation_counts


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`: open inbox and cases, unseen alerts, exposure, live sequence (lazy, one query)."""
    membership = getattr(request, "membership", None)
    user = request.user if membership else None
    if membership is None or not isinstance(user, User):
        return {"public_base_url": settings.PUBLIC_BASE_URL}

    def counts() -> dict[str, Any]:
        found = navigation_counts(membership, user)
        own = found["own_daily_limit"]
        return {
            **found,
            "exposure_limit": settings.EXPOSURE_LIMIT if own is None else own,
            "workspaces_url": f"{settings.PUBLIC_BASE_URL}/workspaces/",
        }

    return {"nav": SimpleLazyObject(counts), "public_base_url": settings.PUBLIC_BASE_URL}
