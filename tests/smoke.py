"""`make smoke`: the main job end to end on a running stack of its own; one JSON line.

Exits 1 when a step fails; the line then says which in `failed`, and the reason is on stderr.
"""

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests import journey
from tests.journey import ABUSE, NADIA, THEO, sql
from tests.stack import Browser, Stack, running_stack


@dataclass
class Run:
    """What one step leaves for the next, and what is printed in the end."""

    stack: Stack
    result: dict[str, Any] = field(default_factory=dict)
    browser: Browser = field(default_factory=Browser)
    account: str = ""
    comment: str = ""


def main() -> int:
    """Run it."""
    result: dict[str, Any] = {"ok": False}
    step = "first_page"
    try:
        with running_stack() as stack:
            run = Run(stack, result)
            for name, take in STEPS:
                step = name
                take(run)
        result["ok"] = True
    except Exception as error:
        result["failed"] = step
        print(f"smoke: {step}: {type(error).__name__}: {error}", file=sys.stderr)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


def _first_page(run: Run) -> None:
    run.result["first_page_s"] = round(run.stack.seconds, 2)


def _connect(run: Run) -> None:
    began = time.monotonic()
    run.browser = run.stack.sign_in(THEO, run.stack.demo)
    run.account = journey.connect_youtube(run.stack, run.browser, run.stack.demo)
    run.result["connect_s"] = round(time.monotonic() - began, 2)


def _sync(run: Run) -> None:
    is_done = "SELECT state = 'done' FROM integrations_syncrun ORDER BY id LIMIT 1"
    run.stack.until(lambda: sql(run.stack, is_done), 30, "the first reading")
    run.result["synced"] = sql(run.stack, "SELECT count(*) FROM integrations_comment")
    assert run.result["synced"] > 100


def _score(run: Run) -> None:
    unscored = (
        "SELECT count(*) FROM integrations_comment c WHERE NOT is_own AND NOT EXISTS "
        "(SELECT FROM harassment_toxicityscore s WHERE s.comment_id = c.id)"
    )
    run.stack.until(lambda: sql(run.stack, unscored) == 0, 40, "every score", 0.2)
    run.result["scored"] = sql(
        run.stack, "SELECT count(*) FROM harassment_toxicityscore WHERE is_current"
    )


def _alert(run: Run) -> None:
    with journey.live_socket(run.stack, run.browser, run.stack.demo) as socket:
        made = run.stack.ctl("POST", "comments", op="add", text=ABUSE, author="@smoke.tester")
        journey.read_now(run.stack, run.browser, run.stack.demo, run.account)
        began = time.monotonic()
        journey.wait_for_poke(socket, "alerts", 20)
        run.result["alert_s"] = round(time.monotonic() - began, 2)
    found = f"SELECT code::text FROM integrations_comment WHERE external_id = '{made['id']}'"
    run.comment = run.stack.until(lambda: sql(run.stack, found), 5, "the comment")
    page = run.browser.get(f"{run.stack.demo}/")
    assert page.status_code == 200
    inbox = run.browser.get(f"{run.stack.demo}/harassment/comments/{run.comment}/")
    assert inbox.status_code == 200
    for text in (page.text, inbox.text):
        assert "break your legs" not in text, "the abuse is readable without a reveal"


def _hide(run: Run) -> None:
    detail = f"{run.stack.demo}/harassment/comments/{run.comment}/"
    began = time.monotonic()
    run.browser.post(f"{detail}hide/", detail)
    state = "SELECT state FROM integrations_moderationaction ORDER BY id DESC LIMIT 1"
    run.stack.until(lambda: sql(run.stack, state) == "confirmed", 30, "the confirmation")
    run.result["hidden_confirmed_s"] = round(time.monotonic() - began, 2)
    sealed = (
        "SELECT count(*) FROM harassment_evidence e "
        f"JOIN integrations_comment c ON c.id = e.comment_id WHERE c.code = '{run.comment}'"
    )
    assert sql(run.stack, sealed) >= 1, "nothing was captured before the act"


def _isolated(run: Run) -> None:
    other = run.stack.sign_in(NADIA, run.stack.nova)
    assert other.get(f"{run.stack.nova}/harassment/comments/{run.comment}/").status_code == 404
    assert "smoke.tester" not in other.get(f"{run.stack.nova}/harassment/inbox/").text
    assert sql(run.stack, "SELECT count(*) FROM integrations_comment", "nova") == 0
    stranger = other.get(f"{run.stack.demo}/harassment/inbox/")
    assert stranger.status_code == 404, stranger.status_code
    run.result["isolated"] = True


STEPS = [
    ("first_page", _first_page),
    ("connect", _connect),
    ("sync", _sync),
    ("score", _score),
    ("alert", _alert),
    ("hide", _hide),
    ("isolated", _isolated),
]

if __name__ == "__main__":
    sys.exit(main())
