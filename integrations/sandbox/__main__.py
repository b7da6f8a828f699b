"""`python -m integrations.sandbox`: the sandbox as a light process of its own."""

import argparse
import os
import sys
from collections.abc import Sequence

from integrations.sandbox.memory import Options
from integrations.sandbox.server import HOST, serve

APPS = {
    "tiktok_business": ("TIKTOK_BUSINESS_APP_ID", "TIKTOK_BUSINESS_APP_SECRET"),
    "tiktok_display": ("TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"),
    "x": ("X_CLIENT_ID", "X_CLIENT_SECRET"),
    "facebook": ("FACEBOOK_CLIENT_ID", "FACEBOOK_CLIENT_SECRET"),
    "instagram": ("INSTAGRAM_CLIENT_ID", "INSTAGRAM_CLIENT_SECRET"),
    "twitch": ("TWITCH_CLIENT_ID", "TWITCH_CLIENT_SECRET"),
    "reddit": ("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"),
}


def parser() -> argparse.ArgumentParser:
    """The options, shared with `manage.py sandbox`."""
    made = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    add_arguments(made)
    return made


def add_arguments(made: argparse.ArgumentParser) -> None:
    """Put every option on a parser."""
    made.add_argument("--port", type=int, default=9100, help="loopback port")
    made.add_argument("--seed", type=int, default=42, help="same seed, same story")
    made.add_argument("--growth", action="store_true", help="the crowd keeps commenting")
    made.add_argument("--every", type=float, default=8.0, help="mean seconds between comments")
    made.add_argument("--comments", type=int, help="exact number of comments on the first channel")
    made.add_argument("--quota", type=int, default=10_000, help="units per day")
    made.add_argument("--token", help="control plane token; else SANDBOX_TOKEN; else a random one")
    made.add_argument("--state", default="", help="file that survives a restart")


def options_from(given: argparse.Namespace) -> Options:
    """Options from the command line and the environment."""
    options = Options(
        port=given.port,
        seed=given.seed,
        growth=given.growth,
        every_s=given.every,
        comments=given.comments,
        quota=given.quota,
        state_file=given.state,
    )
    options.token = given.token or os.environ.get("SANDBOX_TOKEN") or options.token
    # The same names that Aura reads, so that one environment describes both sides.
    options.client_id = os.environ.get("GOOGLE_CLIENT_ID") or options.client_id
    options.client_secret = os.environ.get("GOOGLE_CLIENT_SECRET") or options.client_secret
    for name, (id_setting, secret_setting) in APPS.items():
        known, secret = options.apps[name]
        options.apps[name] = (
            os.environ.get(id_setting) or known,
            os.environ.get(secret_setting) or secret,
        )
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; 1 with one sentence when the port is taken."""
    given = parser().parse_args(arguments)
    options = options_from(given)
    out = sys.stdout
    out.write(f"Sandbox on http://{HOST}:{options.port} (seed {options.seed})\n")
    if not given.token and not os.environ.get("SANDBOX_TOKEN"):
        out.write(f"Control token: {options.token}\n")
    out.flush()
    try:
        serve(options)
    except OSError as error:
        sys.stderr.write(f"Port {options.port} cannot be used ({error.strerror}). Try --port.\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
