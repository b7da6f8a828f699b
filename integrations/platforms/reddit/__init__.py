"""Reddit: OAuth, its listings of things, and what a moderator may do."""

from integrations.platforms.reddit.adapter import Reddit

__all__ = ["Reddit"]
