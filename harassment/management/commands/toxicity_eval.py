"""Measure the toxicity model on a labelled table or on the project's own suite."""

import json
import time
from pathlib import Path
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.classifier import ModelUnavailable, score, version
from harassment.classifier.artefact import SHIPPED
from harassment.classifier.base import Language
from harassment.classifier.measuring import as_shipped, in_language
from harassment.training.labelled import TableError, open_table
from harassment.training.measurement import kind, measure, suite_as_json
from harassment.training.publishing import publish
from harassment.training.suite import (
    FLOORS,
    LANGUAGES,
    Result,
    SuiteError,
    read_suite,
    run_suite,
    shares,
)

TABLE_ONLY = ("group_column", "threshold", "language", "publish")


class Command(BaseCommand):
    """`manage.py toxicity_eval [--input FILE.csv --text-column T --label-column L]`."""

    help = (
        "Measure the toxicity model on a labelled CSV file; without --input, on the project's own "
        "suite, failing below its floors. AUC comes from a histogram of 10,000 steps, which is "
        "exact because scores carry four decimals."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--input",
            type=Path,
            help="labelled CSV file with a header; comma, semicolon or tab; any number of rows",
        )
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--label-column", default="label")
        parser.add_argument("--group-column", help="accuracy for each value of it")
        parser.add_argument(
            "--threshold",
            type=float,
            help="flag from this toxicity probability on (default: severity 1 or more, that is "
            "the review thresholds of the comment's language)",
        )
        parser.add_argument(
            "--language",
            choices=LANGUAGES,
            help="calibration and thresholds of this language (default: of the one heard)",
        )
        parser.add_argument(
            "--publish",
            metavar="NAME",
            help="enter the figures of this published set, as shipped, into the model's folder and "
            "card; --language says which language it is in, and does not choose its calibration",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; raises CommandError on bad input or below the suite's floors."""
        try:
            if options["input"]:
                self._table(options)
            else:
                given = [name for name in TABLE_ONLY if options[name] is not None]
                if given:
                    raise CommandError(f"--{given[0].replace('_', '-')} needs --input.")
                self._suite(as_json=options["json"])
        except (ModelUnavailable, TableError, SuiteError) as error:
            raise CommandError(str(error)) from error

    def _table(self, options: dict[str, Any]) -> None:
        threshold: float | None = options["threshold"]
        if threshold is not None and not 0 <= threshold <= 1:
            raise CommandError("--threshold is a probability: 0 to 1.")
        name: str | None = options["publish"]
        language: str | None = options["language"]
        if name and (language is None or threshold is not None):
            raise CommandError("--publish needs --language, and takes no --threshold.")
        group: str | None = options["group_column"]
        table = open_table(
            options["input"],
            text=options["text_column"],
            label=options["label_column"],
            extra=(group,) if group else (),
        )
        survey = table.survey
        if survey.undecodable:
            self.stderr.write(f"{survey.undecodable} rows hold bytes that are no {table.encoding}.")
        found = measure(
            table,
            in_language(cast("Language", language)) if language and not name else as_shipped,
            threshold=threshold,
            tell=self.stderr.write,
        )
        content = {
            **found.as_json(),
            "empty": survey.empty,
            "undecodable": survey.undecodable,
            "decision": "severity >= 1" if threshold is None else f"toxicity >= {threshold}",
            "calibration": (None if name else language) or "of the language heard",
            "model_version": version(),
        }
        if name and language:
            try:
                publish(SHIPPED, name=name, language=language, figures=content)
            except ValueError as error:
                raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(content, ensure_ascii=False))
            return
        for title, value in content.items():
            if isinstance(value, dict):
                for part, figures in value.items():
                    told = ", ".join(f"{key} {number}" for key, number in figures.items())
                    self.stdout.write(f"{title} {part}: {told}")
            else:
                self.stdout.write(f"{title}: {value}")

    def _suite(self, *, as_json: bool) -> None:
        categories = read_suite()
        model = version()
        started = time.perf_counter()
        results = run_suite(categories, score)
        seconds = time.perf_counter() - started
        reached = shares(results)
        fallen = [
            f"{language} {kind(harmful=harmful)} {reached[language, harmful]:.1%} "
            f"(floor {floor:.0%})"
            for (language, harmful), floor in FLOORS.items()
            if reached[language, harmful] < floor
        ]
        if as_json:
            content = suite_as_json(results, seconds)
            content.update(passed=not fallen, model_version=model)
            self.stdout.write(json.dumps(content, ensure_ascii=False))
        else:
            self._print_suite(results, reached)
        if fallen:
            raise CommandError(f"Below the floor: {'; '.join(fallen)}.")

    def _print_suite(self, results: list[Result], reached: dict[tuple[str, bool], float]) -> None:
        for item in results:
            side = kind(harmful=item.category.harmful)
            share = item.right / len(item.scores) if item.scores else 0.0
            self.stdout.write(
                f"{item.category.language}  {side:8}  {item.right:3d}/{len(item.scores):<3d} "
                f"{share:4.0%}  {item.category.name}"
            )
        for (language, harmful), share in reached.items():
            floor = FLOORS[language, harmful]
            self.stdout.write(
                f"{language} {kind(harmful=harmful)}: {share:.1%} (floor {floor:.0%})"
            )
