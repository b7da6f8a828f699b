#!/usr/bin/env python
"""Command line of Aura."""

import os
import sys

from creator_ai.embedded import join_running, resolve_urls


def main() -> None:
    """Run one management command, beside `make run` with its databases and keys."""
    join_running()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db.utils import OperationalError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if resolve_urls().source != "nowhere":
            raise
        sys.exit(
            "aura: no database is running here. Start `make run` in another terminal first, or "
            f"set DATABASE_URL. ({type(error).__name__})"
        )


if __name__ == "__main__":
    main()
