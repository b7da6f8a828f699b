"""YouTube: Google OAuth and the Data API v3."""

from integrations.platforms.youtube.adapter import YouTube

__all__ = ["YouTube"]
