"""Bring in somebody else's checkpoint as a model of this product."""

import json
import os
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.classifier import ModelUnavailable
from harassment.training.checkpoint import LicenceError, inspect_checkpoint
from harassment.training.dataset import Dataset
from harassment.training.development import own_rows, table_rows
from harassment.training.importing import import_checkpoint
from harassment.training.labelled import TableError, open_table

_NO_NAME = re.compile(r"[^\w.-]+")


class Command(BaseCommand):
    """`manage.py toxicity_import DIR|ID [--out FOLDER]`; ONNX needs requirements-train.txt."""

    help = (
        "Check, convert and calibrate a text classifier in Hugging Face's format (safetensors, no "
        "code of its own), and print the two settings that use it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("model", help="folder of a checkpoint, or its id on the hub")
        parser.add_argument("--out", type=Path, help="new folder (default: below AURA_HOME)")
        parser.add_argument(
            "--development",
            type=Path,
            help="labelled CSV file to calibrate on (default: our own held-back sentences)",
        )
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--label-column", default="label")
        parser.add_argument(
            "--language-column", help="en or fr, row by row (default: as it is heard)"
        )
        parser.add_argument(
            "--accept-licence",
            action="store_true",
            help="you have read the checkpoint's licence, or know that there is none",
        )
        parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a JSON summary; raises CommandError with the reason why nothing was imported."""
        try:
            origin = inspect_checkpoint(options["model"], accept_licence=options["accept_licence"])
            name = _NO_NAME.sub("-", origin.name).strip("-.")
            out = (options["out"] or Path(settings.AURA_HOME) / "models" / name).resolve()
            if out.exists():
                raise CommandError(f"{out} exists. Name another folder with --out.")
            development, source = self._development(options)
            made = import_checkpoint(
                origin,
                out,
                development,
                source=source,
                threads=options["threads"],
                tell=self.stderr.write,
            )
        except (ModelUnavailable, LicenceError, TableError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"A file cannot be written: {error}.") from error
        self.stdout.write(json.dumps(made.as_json(), indent=1, ensure_ascii=False))
        self.stderr.write("To use it:")
        for line in made.settings:
            self.stderr.write(line)

    def _development(self, options: dict[str, Any]) -> tuple[Dataset, str]:
        path: Path | None = options["development"]
        column: str | None = options["language_column"]
        if path is None:
            return own_rows(), "this project's own held-back sentences"
        table = open_table(
            path,
            text=options["text_column"],
            label=options["label_column"],
            extra=(column,) if column else (),
        )
        rows = table_rows(table, has_language=bool(column))
        self.stderr.write(f"{path.name}: {dict(rows.counts['table'])}")
        return rows, f"the table {path.name}"
