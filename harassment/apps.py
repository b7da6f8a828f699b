"""The shield."""

from django.apps import AppConfig


class HarassmentConfig(AppConfig):
    """Scores what comes in, gathers it into cases, keeps proof."""

    name = "harassment"
    verbose_name = "Protection"

    def ready(self) -> None:
        """Register this room's jobs and what it does when a lower room tells a fact."""
        from harassment import receivers, tasks  # noqa: F401
