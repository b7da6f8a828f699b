#!/usr/bin/env python
"""Command line of Aura."""

import os
import sys

from creator_ai.embedded import join_running


def main() -> None:
    """Run one management command, beside `make run` with its databases and keys."""
    join_running()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
