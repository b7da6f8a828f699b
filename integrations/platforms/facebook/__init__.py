"""Facebook: Login with Pages and the Graph API of one Page."""

from integrations.platforms.facebook.adapter import Facebook

__all__ = ["Facebook"]
