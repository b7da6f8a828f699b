"""`manage.py ai_models_sync`: the reviewed models and prices become rows."""

from typing import Any

from django.core.management.base import BaseCommand

from ai_agents.services.catalogue import sync_models


class Command(BaseCommand):
    """Make what is missing in the catalogue; safe to run at every start."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        made = sync_models()
        self.stdout.write(f"{made.models} models and {made.prices} prices are new.")
