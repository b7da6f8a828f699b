"""The roof."""

from django.apps import AppConfig


class CreatorAiConfig(AppConfig):
    """Wires the rooms together."""

    name = "creator_ai"
    verbose_name = "Aura"

    def ready(self) -> None:
        """Register the checks and start error reporting when it is configured."""
        from creator_ai import checks, sentry  # noqa: F401

        sentry.start()
