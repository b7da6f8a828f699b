"""`manage.py seed_demo`: two agencies and their people, so that a first look has somebody in it."""

from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import services
from accounts.models import Membership, Role, User, Workspace

PEOPLE = [
    ("theo@demo.example", "Theo Lindqvist", "en"),
    ("priya@demo.example", "Priya Raman", "en"),
    ("camille@demo.example", "Camille Aubert", "fr"),
    ("nadia@nova.example", "Nadia Benali", "fr"),
]
WORKSPACES = [
    (
        "demo",
        "Halcyon Talent",
        "theo@demo.example",
        [("priya@demo.example", Role.SAFETY_LEAD), ("camille@demo.example", Role.MODERATOR)],
    ),
    ("nova", "Nova Studio", "nadia@nova.example", []),
]


class Command(BaseCommand):
    """Create what is missing; a second run changes nothing, not even passwords."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The demo people's shared password."""
        parser.add_argument("--password", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        for email, name, language in PEOPLE:
            self._person(email, name, language, options["password"])
        for slug, name, owner, others in WORKSPACES:
            workspace = Workspace.objects.filter(slug=slug).first()
            if workspace is None:
                workspace = services.open_workspace(
                    name=name, slug=slug, owner=User.objects.get(email=owner)
                )
            for email, role in others:
                Membership.objects.get_or_create(
                    user=User.objects.get(email=email), workspace=workspace, defaults={"role": role}
                )
        self.stdout.write(f"Sign in as {PEOPLE[0][0]} with the password {options['password']}")

    @transaction.atomic
    def _person(self, email: str, name: str, language: str, password: str) -> None:
        if User.objects.filter(email=email).exists():
            return
        user = User.objects.create_user(email, password, name=name, language=language)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
