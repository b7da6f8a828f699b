"""`manage.py create_workspace SLUG --name NAME --owner EMAIL`."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    """Open a workspace for an existing person."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Slug, name, owner."""
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--owner", required=True, help="e-mail address of an existing person")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        owner = User.objects.filter(email__iexact=options["owner"]).first()
        if owner is None:
            raise CommandError(f"Nobody signs in as {options['owner']}. Create the person first.")
        try:
            workspace = services.open_workspace(
                name=options["name"], slug=options["slug"], owner=owner
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except services.WorkspaceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(workspace.url)
