"""`manage.py evidence_erase`: take the words of one item away for good; the chain still holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.models import Workspace
from harassment.models import Evidence
from harassment.services.evidence import erase


class Command(BaseCommand):
    """Erases fields of a sealed item on a person's request; the act is audited."""

    help = (
        "Erases fields of one sealed item (all of them without --field). It cannot be undone; the "
        "link, its time and its hash stay, so the chain still verifies."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which item, which fields, and why."""
        parser.add_argument("--workspace", required=True, help="slug")
        parser.add_argument("--case", type=int, required=True, help="number: 7 for AUR-0007")
        parser.add_argument("--item", type=int, required=True, help="its number in the chain")
        parser.add_argument("--field", action="append", default=[], help="such as author.name")
        parser.add_argument("--reason", required=True, help="written down for good; no names")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say what went."""
        workspace = Workspace.objects.filter(slug=options["workspace"], is_open=True).first()
        if workspace is None:
            raise CommandError(f"No open workspace {options['workspace']!r}.")
        with tenancy.enter(workspace):
            found = Evidence.objects.filter(
                case__number=options["case"], sequence=options["item"]
            ).first()
            if found is None:
                raise CommandError("No such item.")
            try:
                gone = erase(evidence=found, reason=options["reason"], names=options["field"])
            except ValueError as error:
                raise CommandError(str(error)) from None
        print(f"erased: {', '.join(gone) or 'nothing; it was gone already'}")
