"""The shield."""

from django.apps import AppConfig


class HarassmentConfig(AppConfig):
    """Scores what comes in, gathers it into cases, keeps proof."""

    name = "harassment"
    verbose_name = "Protection"

    def ready(self) -> None:
        """Register this room's jobs, its personal data, and what it does when it is told a fact."""
        from harassment import holds, privacy, receivers, reviewing, tasks  # noqa: F401
