"""Have every comment that an older model judged judged again by the present one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import tenancy
from accounts.models import Workspace
from harassment.models import Rescoring
from harassment.services import rescoring


class Command(BaseCommand):
    """`manage.py toxicity_rescore [--workspace SLUG]`."""

    help = "Judge again what an older model judged, behind every new comment."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--workspace", metavar="SLUG", help="only this one; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        """Promise it in each workspace; the scoring worker finds out what there is to do."""
        slug = options["workspace"]
        if slug and not Workspace.objects.filter(slug=slug, is_open=True).exists():
            raise CommandError(f'There is no open workspace "{slug}".')
        for workspace in tenancy.for_each_workspace():
            if slug and workspace.slug != slug:
                continue
            with transaction.atomic():
                rescoring.ask_for_rescoring()
            row = Rescoring.objects.filter(pk=rescoring.ROW).first()
            state = f"{row.judged} of {row.total} so far" if row and row.is_running else "promised"
            self.stdout.write(f"{workspace.slug}: {state}")
