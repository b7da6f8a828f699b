"""Write the hashed keys of published test cases that nothing may be learned from."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.training.leaks import LEAK_KEYS, write_leak_keys


class Command(BaseCommand):
    """`manage.py toxicity_leak_keys FILE.csv:COLUMN ...`; the texts stay outside the repository."""

    help = "Write the leak keys of published test sets (training/leak_keys.bin)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "cases", nargs="+", metavar="FILE.csv:COLUMN", help="a .txt file has one case per line"
        )
        parser.add_argument("--out", type=Path, default=LEAK_KEYS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write all keys anew; raises CommandError on a file or a column that is not there."""
        csv.field_size_limit(10_000_000)
        texts = [text for name in options["cases"] for text in _texts(name)]
        count = write_leak_keys(texts, options["out"])
        self.stdout.write(f"{count:,} keys of {len(texts):,} cases in {options['out']}.")


def _texts(name: str) -> Iterator[str]:
    path_name, _, column = name.rpartition(":")
    path = Path(path_name or name)
    try:
        if path.suffix == ".txt":
            yield from path.read_text("utf-8", errors="replace").splitlines()
            return
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = csv.DictReader(file)
            if column not in (rows.fieldnames or ()):
                raise CommandError(
                    f'{path} has no column "{column}"; it has {", ".join(rows.fieldnames or ())}.'
                )
            for row in rows:
                yield row[column] or ""
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
