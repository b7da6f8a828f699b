"""The room of the agents."""

from django.apps import AppConfig


class AiAgentsConfig(AppConfig):
    """Advises; sits between what is heard and what protects."""

    name = "ai_agents"
    verbose_name = "Agents"

    def ready(self) -> None:
        """Register this room's jobs and its personal data."""
        from ai_agents import privacy, tasks  # noqa: F401
