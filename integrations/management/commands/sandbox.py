"""`manage.py sandbox`: the loopback platform for demos and tests."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.sandbox.__main__ import APPS, add_arguments


class Command(BaseCommand):
    """Replaces itself with `python -m integrations.sandbox`, which never loads Django."""

    help = "Serve the sandbox platforms (YouTube, TikTok, Instagram, Reddit, Twitch) on 127.0.0.1."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The sandbox's own options, and the way to run it next to a production setting."""
        add_arguments(parser)
        parser.add_argument(
            "--without-debug", action="store_true", help="run although DEBUG is off"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Hand over the process; refuses when DEBUG is off, unless asked twice."""
        if not settings.DEBUG and not options["without_debug"]:
            raise CommandError(
                "The sandbox is for demos and tests, and DEBUG is off here. "
                "Add --without-debug if you mean it."
            )
        given = [f"--port={options['port']}", f"--seed={options['seed']}"]
        given += [f"--every={options['every']}", f"--quota={options['quota']}"]
        given += [f"--state={options['state']}"] if options["state"] else []
        given += ["--growth"] if options["growth"] else []
        if options["comments"] is not None:
            given.append(f"--comments={options['comments']}")
        # Through the environment, because a command line can be read by every user of the machine.
        environment = dict(os.environ)
        if options["token"]:
            environment["SANDBOX_TOKEN"] = options["token"]
        if settings.GOOGLE_CLIENT_ID:
            environment["GOOGLE_CLIENT_ID"] = settings.GOOGLE_CLIENT_ID
            environment["GOOGLE_CLIENT_SECRET"] = settings.GOOGLE_CLIENT_SECRET
        for name in (name for pair in APPS.values() for name in pair):
            if value := getattr(settings, name, ""):
                environment[name] = value
        command = [sys.executable, "-m", "integrations.sandbox", *given]
        os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter
