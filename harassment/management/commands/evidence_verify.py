"""`manage.py evidence_verify FILE`: check an export, with the code that travels in it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from harassment import signing
from harassment.exports import verify


class Command(BaseCommand):
    """Says whether an export is intact; exit status 0, 1 changed, 2 unreadable."""

    help = (
        "Checks an evidence export (a ZIP or the folder it was unpacked into). Where EVIDENCE_KEY "
        "is set, also that this installation signed it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and whose key must have signed it."""
        parser.add_argument("file")
        parser.add_argument("--key", default="", help="public key in hex; default: the own one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what `verify.py` prints."""
        key = options["key"] or (signing.public_key() if settings.EVIDENCE_KEY else "")
        status = verify.main([options["file"], *(["--key", key] if key else [])], self.stdout.write)
        if status:
            raise SystemExit(status)
