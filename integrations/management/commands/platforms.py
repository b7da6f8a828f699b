"""`manage.py platforms [--json]`: what Aura can do on each platform, and the way by hand."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations import queries

MARKS = {"yes": "yes", "no": "no", "needs_scope": "permission", "needs_review": "approval"}


class Command(BaseCommand):
    """Prints the capability matrix, platforms without an adapter included."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--json for programs."""
        parser.add_argument("--json", action="store_true", help="everything, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a platform, or one JSON document."""
        facts = queries.platform_facts()
        if options["json"]:
            self.stdout.write(json.dumps(facts, indent=2, ensure_ascii=False))
            return
        shown = [cap.value for cap, _label in queries.MATRIX]
        width = max(len(name) for name in shown) + 2
        self.stdout.write(" " * 16 + "".join(name.ljust(width) for name in shown))
        for fact in facts:
            states = {name: one["state"] for name, one in fact["capabilities"].items()}
            cells = "".join(MARKS[states[name]].ljust(width) for name in shown)
            self.stdout.write(f"{fact['label']:16}{cells}")
        for fact in facts:
            if fact["lacking"]:
                told = f"{fact['label']} cannot be connected yet: set {', '.join(fact['lacking'])}."
                self.stdout.write(f"{told} {fact['setup']}".rstrip())
