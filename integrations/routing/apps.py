"""The public corner of integrations."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """Which workspace a platform account or an OAuth answer belongs to; public schema."""

    name = "integrations.routing"
    label = "routing"
    verbose_name = "Platform routes"
