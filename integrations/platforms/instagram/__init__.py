"""Instagram: Instagram Login and the Graph API of professional accounts."""

from integrations.platforms.instagram.adapter import Instagram

__all__ = ["Instagram"]
