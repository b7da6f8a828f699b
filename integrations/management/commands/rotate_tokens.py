"""Encrypt every stored token with the first key of the ring."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import tenancy
from integrations.services.credentials import rotate_tokens


class Command(BaseCommand):
    """Runs beside the live site: each row is locked for the moment it is rewritten."""

    help = (
        "Encrypts the tokens of all workspaces with the first key of TOKEN_KEYRING. Put the new "
        "key first, keep the old one behind it, run this, then drop the old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the counts; exit 1 when a token could not be opened with any key."""
        rewritten = broken = 0
        for _workspace in tenancy.for_each_workspace():
            done = rotate_tokens()
            rewritten += done.rewritten
            broken += done.broken
        self.stdout.write(f"{rewritten} tokens rewritten")
        if broken:
            raise CommandError(
                f"{broken} tokens could not be opened with any key of the ring. Those accounts "
                "will ask to be connected again."
            )
