"""Read a CSV of comments into a workspace."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import tenancy
from accounts.models import Workspace
from integrations.imports import PLATFORMS, FileError
from integrations.models import ImportRun
from integrations.services.imports import ImportBusyError, import_file

PROGRESS_SECONDS = 2.0
PROBLEMS_SHOWN = 20


class Command(BaseCommand):
    """Streams the file; run it again after any interruption and it goes on."""

    help = (
        "Reads a CSV of comments into a workspace. Columns: author_handle, text and created_at "
        "(ISO 8601) are required; platform, post_url, comment_id, parent_id, author_name, "
        "like_count and permalink may be left out. A file may be read twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--workspace SLUG FILE [--platform NAME]"""
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument(
            "--platform",
            choices=sorted(PLATFORMS),
            default="youtube",
            help="of rows that do not name one (default: youtube)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what became of the rows; exit 1 only when nothing could be read."""
        workspace = Workspace.objects.filter(slug=options["workspace"], is_open=True).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']!r}.")
        self._told_at = time.monotonic()
        with tenancy.enter(workspace):
            try:
                run = import_file(
                    path=options["file"], platform=options["platform"], report=self._report
                )
            except OSError as error:
                raise CommandError(
                    f"{options['file']} cannot be opened: {error.strerror}."
                ) from None
            except (FileError, ImportBusyError) as error:
                raise CommandError(str(error)) from None
            self._show_problems(run)
        self.stdout.write(f"{run.rows_new} new, {run.rows_known} already known, {run.rows_bad} bad")
        if run.rows_bad and not run.rows_new + run.rows_known:
            raise CommandError("No row of this file could be read.")

    def _report(self, run: ImportRun) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            share = f"{run.percent} %, " if run.percent is not None else ""
            self.stderr.write(f"{share}{run.next_row} rows read")

    def _show_problems(self, run: ImportRun) -> None:
        for problem in run.problems.all()[:PROBLEMS_SHOWN]:
            self.stderr.write(f"line {problem.line}: {problem.reason}")
        if run.rows_bad > PROBLEMS_SHOWN:
            self.stderr.write(f"and {run.rows_bad - PROBLEMS_SHOWN} more")
