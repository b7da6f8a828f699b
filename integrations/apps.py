"""Ears and hands."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Listens to the platforms and acts on them."""

    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """Register this room's jobs and personal data, and secrets; who keeps the money."""
        from accounts import outbox
        from integrations import privacy, tasks  # noqa: F401
        from integrations.platforms import purse
        from integrations.redaction import redact
        from integrations.services import money

        outbox.scrub_errors(redact)
        purse.provide(money.MonthlyPurse)
