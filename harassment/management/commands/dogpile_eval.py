"""Measure the detection of unusual waves on the project's own simulator."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.dogpiles.simulation.evaluation import evaluate, fallen_gates
from harassment.dogpiles.simulation.scenarios import SCENARIOS

COLUMNS = {
    "runs": "runs", "recall": "recall", "within_60_s": "in 60 s", "precision": "precision",
    "alerts": "alerts", "seconds_to_alert": "s median", "seconds_to_alert_p90": "s p90",
    "seconds_to_alert_p95": "s p95", "seconds_to_alert_most": "s most",
    "comments_to_alert": "comments", "comments_to_alert_p90": "p90",
}  # fmt: skip


class Command(BaseCommand):
    """`manage.py dogpile_eval --seed N [--runs R] [--scenario NAME ...] [--model] [--json]`."""

    help = (
        "Play random stories of accounts (praise, give-aways, quarrels, waves) and count what the "
        "detector says of them; fails when more waves are missed or late than chance explains at "
        "the promised recall, or praise rings. The probability of each wording is drawn from what "
        "the model was measured to say or, with --model, asked from it for sentences that it has "
        "not learned from."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--runs", type=int, default=20, help="stories of each scenario")
        parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="default: all")
        parser.add_argument("--model", action="store_true", help="ask the configured model")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; raises CommandError on bad input or below a gate."""
        if options["runs"] < 1:
            raise CommandError("--runs is at least 1.")
        figures = evaluate(
            options["seed"],
            options["runs"],
            scenarios=options["scenario"] or SCENARIOS,
            judge_texts=_toxicities if options["model"] else None,
        )
        fallen = fallen_gates(figures)
        if options["json"]:
            found = {"seed": options["seed"], "scenarios": figures, "fallen_gates": fallen}
            self.stdout.write(json.dumps(found, indent=1))
        else:
            self._table(figures)
        if fallen:
            raise CommandError("; ".join(fallen))

    def _table(self, figures: Mapping[str, Mapping[str, Any]]) -> None:
        self.stdout.write(f"{'scenario':24}" + "".join(f"{name:>10}" for name in COLUMNS.values()))
        for scenario, found in figures.items():
            cells = ("-" if found[name] is None else str(found[name]) for name in COLUMNS)
            self.stdout.write(f"{scenario:24}" + "".join(f"{cell:>10}" for cell in cells))


def _toxicities(texts: Sequence[str]) -> list[float]:
    from harassment import classifier  # noqa: PLC0415  (the runtime only when it is asked for)

    try:
        return [max(score.labels.values()) for score in classifier.score(texts)]
    except classifier.ModelUnavailable as error:
        raise CommandError(str(error)) from error
