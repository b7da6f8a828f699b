"""The ground floor."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who, in which workspace, which durable job, which line to the browser."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register this room's jobs."""
        from accounts import tasks  # noqa: F401
