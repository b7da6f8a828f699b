"""Questions of the protection pages, by noun; none of them changes anything."""

from harassment.queries.navigation import navigation_counts

__all__ = ["navigation_counts"]
