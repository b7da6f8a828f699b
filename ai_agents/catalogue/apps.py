"""The public corner of ai_agents."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Language models, their prices and the operator's costs; public schema."""

    name = "ai_agents.catalogue"
    label = "catalogue"
    verbose_name = "Language models"
