"""Encrypt every stored secret with the first key of the ring, and say which keys may go."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import tenancy
from accounts.models import Workspace
from integrations import tokens
from integrations.services import rotation


class Command(BaseCommand):
    """Runs beside the live site: each row is locked for the moment it is rewritten."""

    help = (
        "Encrypts the secrets of all workspaces with the first key of TOKEN_KEYRING. First give "
        "every process both keys, then put the new one first, then run this, then ask --drop."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do instead of rewriting."""
        parser.add_argument("--check", action="store_true", help="only count; change nothing")
        parser.add_argument("--drop", metavar="KID", help="whether this key may leave the ring")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the counts; exit 1 when a secret is lost, or when --drop is refused."""
        done = rotation.Rotated()
        if not options["check"] and not options["drop"]:
            done = self._rotate()
        used = self._count()
        self._report(used)
        if options["drop"]:
            self._decide(options["drop"], used)
        if done.broken:
            raise CommandError(
                f"{done.broken} tokens could not be opened with any key of the ring. Those "
                "accounts will ask to be connected again."
            )

    def _rotate(self) -> rotation.Rotated:
        total = rotation.Rotated(rotation.rotate_verifiers())
        for _workspace in tenancy.for_each_workspace():
            total += rotation.rotate_tokens()
        self.stdout.write(f"{total.rewritten} tokens rewritten")
        return total

    def _count(self) -> Counter[str]:
        used = rotation.keys_in_dances()
        for _workspace in tenancy.for_each_workspace():
            used += rotation.keys_in_use()
        return used

    def _report(self, used: Counter[str]) -> None:
        ring = tokens.key_ring()
        for kid in [*ring.keys, *sorted(set(used) - set(ring.keys))]:
            role = "encrypts" if kid == ring.primary else "opens"
            role = role if kid in ring.keys else "is not in the ring"
            self.stdout.write(f"{kid} {role}: {used[kid]} values")

    def _decide(self, kid: str, used: Counter[str]) -> None:
        if kid == tokens.key_ring().primary:
            raise CommandError(f"{kid} is the key that encrypts. Put another one first.")
        if used[kid]:
            raise CommandError(
                f"{used[kid]} values still need {kid}. Keep it, and run rotate_tokens again."
            )
        with tenancy.public():
            closed = list(Workspace.objects.filter(is_open=False).values_list("slug", flat=True))
        if closed:
            raise CommandError(
                f"These workspaces are closed and were not looked into: {', '.join(closed)}. "
                f"Open them and run rotate_tokens, or keep {kid}."
            )
        self.stdout.write(f"Nothing needs {kid}. It may leave TOKEN_KEYRING.")
