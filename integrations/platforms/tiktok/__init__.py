"""TikTok: Login Kit and Display API, and the API for Business that has the comments."""

from integrations.platforms.tiktok.adapter import TikTok

__all__ = ["TikTok"]
