"""Twitch: OAuth, Helix, and live chat through EventSub over WebSocket."""

from integrations.platforms.twitch.adapter import Twitch

__all__ = ["Twitch"]
