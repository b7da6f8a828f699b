"""X: its OAuth 2.0 and the API v2, read only, and only for as much money as is allowed."""

from integrations.platforms.x.adapter import X

__all__ = ["X"]
