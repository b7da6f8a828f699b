"""`manage.py migrate_all`: public, the template, and every workspace that is behind."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import provisioning


class Command(BaseCommand):
    """Bring every schema up to date and grant rights anew; with nothing to do it is quick."""

    help = __doc__ or ""
    # The URL check would load every page; `make check` does that, a start need not.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        count = provisioning.migrate_all(verbosity=max(0, options["verbosity"] - 1))
        self.stdout.write(f"Schemas are up to date ({count} workspaces migrated).")
