"""Measure the shipped toxicity model on a labelled table or on the project's own suite."""

import csv
import json
import math
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.classifier import ModelUnavailable, Score, score
from harassment.training.metrics import auc, decisions, ece
from harassment.training.suite import FLOORS, SUITE, read_suite, run_suite, shares

CHUNK = 1024
POSITIVE = {"1", "1.0", "true", "yes", "toxic", "hateful", "hate", "offensive", "abusive",
            "harmful"}  # fmt: skip
NEGATIVE = {"0", "0.0", "false", "no", "not toxic", "non-toxic", "nontoxic", "non-hateful",
            "not hateful", "none", "normal", "benign", "harmless", "not offensive"}  # fmt: skip


def _truth(raw: str, line: int) -> int:
    value = raw.strip().lower()
    if value in POSITIVE:
        return 1
    if value in NEGATIVE:
        return 0
    raise CommandError(f'Line {line}: the label "{raw}" is neither toxic nor harmless.')


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


class Command(BaseCommand):
    """`manage.py toxicity_eval [--input FILE.csv --text-column T --label-column L]`."""

    help = "Measure the shipped toxicity model; without --input, on the project's own suite."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--input", type=Path, help="labelled CSV file with a header")
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--label-column", default="label")
        parser.add_argument("--group-column", default="", help="accuracy for each value of it")
        parser.add_argument(
            "--threshold",
            type=float,
            help="flag from this toxicity probability on (default: severity 1 or more)",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; raises CommandError on bad input or below the suite's floors."""
        try:
            if options["input"]:
                self._table(options)
            else:
                self._suite(as_json=options["json"])
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error

    def _table(self, options: dict[str, Any]) -> None:
        texts, truth, groups = self._read(options)
        started = time.perf_counter()
        scores: list[Score] = []
        for at in range(0, len(texts), CHUNK):
            scores += score(texts[at : at + CHUNK])
        seconds = time.perf_counter() - started
        toxicity = [item.labels["toxicity"] for item in scores]
        cut: float | None = options["threshold"]
        flagged = [
            item.severity > 0 if cut is None else item.labels["toxicity"] >= cut for item in scores
        ]
        figures: dict[str, Any] = {
            "n": len(texts),
            "positives": sum(truth),
            "auc": _number(auc(toxicity, truth)),
            **{name: _number(value) for name, value in decisions(flagged, truth).items()},
            "ece": _number(ece(toxicity, truth)),
            "seconds": round(seconds, 2),
            "model_version": scores[0].model_version,
        }
        if groups:
            figures["groups"] = {
                name: round(
                    sum(
                        found == bool(real)
                        for found, real, group in zip(flagged, truth, groups, strict=True)
                        if group == name
                    )
                    / groups.count(name),
                    4,
                )
                for name in sorted(set(groups))
            }
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name}: {value}")

    def _read(self, options: dict[str, Any]) -> tuple[list[str], list[int], list[str]]:
        csv.field_size_limit(10_000_000)
        wanted = [options["text_column"], options["label_column"]]
        if options["group_column"]:
            wanted.append(options["group_column"])
        try:
            with options["input"].open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                missing = [name for name in wanted if name not in (reader.fieldnames or [])]
                if missing:
                    raise CommandError(f"The file has no column {', '.join(missing)}.")
                rows = [([row[name] or "" for name in wanted], reader.line_num) for row in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{options['input']} cannot be read: {error}.") from error
        if not rows:
            raise CommandError("The file has no rows.")
        truth = [_truth(values[1], line) for values, line in rows]
        groups = [values[2] for values, _ in rows] if options["group_column"] else []
        return [values[0] for values, _ in rows], truth, groups

    def _suite(self, *, as_json: bool) -> None:
        if not SUITE.is_file():
            raise CommandError("The functional suite is part of the source tree, not of a package.")
        results = run_suite(read_suite(), score)
        reached = shares(results)
        if as_json:
            content = {
                "shares": {
                    f"{language} {'harmful' if harmful else 'harmless'}": round(share, 4)
                    for (language, harmful), share in reached.items()
                },
                "categories": {
                    f"{item.category.language} {item.category.name}": [
                        item.right,
                        len(item.scores),
                    ]
                    for item in results
                },
            }
            self.stdout.write(json.dumps(content))
        else:
            for item in results:
                name = f"{item.category.language} {item.category.name}"
                self.stdout.write(f"{item.right:3d}/{len(item.scores):<3d} {name}")
        fallen = [
            f"{language} {'harmful' if harmful else 'harmless'} {reached[language, harmful]:.1%} "
            f"(floor {floor:.0%})"
            for (language, harmful), floor in FLOORS.items()
            if reached[language, harmful] < floor
        ]
        if fallen:
            raise CommandError(f"Below the floor: {'; '.join(fallen)}.")
        if not as_json:
            for (language, harmful), share in reached.items():
                self.stdout.write(f"{language} {'harmful' if harmful else 'harmless'}: {share:.1%}")
