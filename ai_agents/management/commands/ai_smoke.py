"""`manage.py ai_smoke [--json]`: which language models answer, and why the others do not."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Asks each configured provider once. A missing key is no failure: it is a state."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what each said."""
        # The SDKs take seconds to load; `manage.py help` must not.
        from ai_agents.providers.smoke import as_json, check_providers  # noqa: PLC0415

        checked = check_providers(fresh=True)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(checked)))
            return
        for one in checked:
            told = f" in {one.latency_ms} ms" if one.status == "ok" else f": {one.reason}"
            self.stdout.write(f"{one.deployment:32} {one.status}{told}")
