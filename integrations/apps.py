"""Ears and hands."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Listens to the platforms and acts on them."""

    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """Register this room's jobs and personal data."""
        from integrations import privacy, tasks  # noqa: F401
