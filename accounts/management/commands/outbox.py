"""`manage.py outbox status | replay [CODE ...]`: durable jobs at a glance, dead ones again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from accounts import outbox
from accounts.models import Job


class Command(BaseCommand):
    """Look at durable jobs or replay dead ones."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with which jobs."""
        parser.add_argument("do", choices=["status", "replay"])
        parser.add_argument("codes", nargs="*", help="codes of dead jobs; none: all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        if options["do"] == "replay":
            self.stdout.write(f"{outbox.replay(codes=options['codes'] or None)} jobs queued again.")
            return
        states = Job.objects.values_list("state").annotate(count=Count("id")).order_by("state")
        dead = Job.objects.filter(state=Job.State.DEAD).values("code", "name", "error")[:20]
        self.stdout.write(json.dumps({"states": dict(states), "dead": list(dead)}, default=str))
