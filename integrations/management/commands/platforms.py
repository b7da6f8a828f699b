"""`manage.py platforms [--json]`: what Aura can do on each platform, and the way by hand."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from integrations import queries

MARKS = {"yes": "yes", "no": "no", "needs_scope": "permission", "needs_review": "approval"}
SIGNS = {"yes": "✓", "no": "no", "needs_scope": "(✓)", "needs_review": "(✓)"}


class Command(BaseCommand):
    """Prints the capability matrix, platforms without an adapter included."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--json for programs, --markdown for the README."""
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="everything, for programs")
        form.add_argument("--markdown", action="store_true", help="the table of the README")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a platform, a Markdown table, or one JSON document."""
        facts = queries.platform_facts()
        if options["json"]:
            self.stdout.write(json.dumps(facts, indent=2, ensure_ascii=False))
            return
        if options["markdown"]:
            self.stdout.write(_markdown(facts))
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


def _markdown(facts: list[dict[str, Any]]) -> str:
    with translation.override("en"):
        names = ["platform", *(str(label).lower() for _cap, label in queries.MATRIX)]
    lines = [_line(names), _line(["---", *(":-:" for _ in queries.MATRIX)])]
    for fact in facts:
        states = {name: one["state"] for name, one in fact["capabilities"].items()}
        lines.append(_line([fact["label"], *(SIGNS[states[cap]] for cap, _ in queries.MATRIX)]))
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
