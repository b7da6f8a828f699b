"""A moderator's flood: twenty and more flagged comments decided without touching the mouse."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Person
from tests.journey import THEO, connect_youtube, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
ABUSE = "You are a pathetic idiot, I will come to your house and break your legs"
COMMENTS = 24
FLAGGED = (
    "SELECT count(*) FROM harassment_incident i JOIN integrations_comment c ON c.id = i.comment_id "
    "WHERE c.author_handle LIKE '@triage.%' AND i.state {}"
)


def rows(page: Page) -> Locator:
    return page.locator("[data-row]")


def go_to(page: Page, row: Locator, key: str = "j") -> None:
    """One step with the keyboard; the row is then the one that is shown beside the list."""
    page.keyboard.press(key)
    expect(row.locator(".hit")).to_have_attribute("aria-current", "true")
    code = (row.get_attribute("id") or "").removeprefix("comment-")
    expect(page.locator(f"#detail #standing-{code}")).to_be_visible()
    expect(page.locator("#detail button[disabled]")).to_have_count(0)  # it is not being replaced


def test_twenty_comments_by_keyboard(stack: Stack, person: Callable[..., Person]) -> None:
    expect.set_options(timeout=20_000)  # a busy machine is no reason to fail
    browser = stack.sign_in(THEO, stack.demo)
    if not sql(stack, "SELECT count(*) FROM integrations_socialaccount"):
        connect_youtube(stack, browser, stack.demo)
    for number in range(COMMENTS):
        stack.ctl(
            "POST", "comments", op="add", text=f"{ABUSE} {number}", author=f"@triage.{number}"
        )
    flagged = FLAGGED.format("= 'open'")
    stack.until(lambda: sql(stack, flagged) == COMMENTS, 240, "every incident", 0.3)

    theo = person()
    theo.sign_in(THEO)
    page = theo.page
    page.goto(f"{stack.demo}/harassment/inbox/?view=needs&q=triage")
    expect(rows(page)).to_have_count(COMMENTS)
    assert ABUSE not in page.content()
    expect(page.locator("#detail .dbody")).to_be_visible()
    top = rows(page).first.bounding_box()

    # One by one: down the list, each decided with one key.
    for at in range(10):
        go_to(page, rows(page).nth(at))
        page.keyboard.press("n" if at % 2 else "e")
        expect(rows(page).nth(at)).to_have_class(re.compile("decided"))
    assert rows(page).first.bounding_box() == top  # nothing moved
    page.keyboard.press("u")
    expect(rows(page).nth(9)).not_to_have_class(re.compile("decided"))
    page.keyboard.press("n")
    expect(rows(page).nth(9)).to_have_class(re.compile("decided"))
    theo.shoot("triage-one-by-one")

    # Six at once: chosen from one to another, hidden, taken back, hidden for good.
    for step in ("u", "h"):
        go_to(page, rows(page).nth(10), "k" if step == "h" else "j")
        page.keyboard.press("x")
        for at in range(11, 16):
            go_to(page, rows(page).nth(at))
        page.keyboard.press("Shift+X")
        expect(page.locator("#bulk")).to_be_visible()
        expect(page.locator("[data-row] .check:checked")).to_have_count(6)
        theo.shoot("triage-chosen")
        page.keyboard.press("h")
        expect(page.locator("#batch")).to_contain_text("6 on their way")
        if step == "u":
            page.keyboard.press("u")
            expect(page.locator("#batch")).to_contain_text("6 taken back")
            for at in range(10, 16):
                expect(rows(page).nth(at)).not_to_have_class(re.compile("decided"))
            for at in range(14, 10, -1):
                go_to(page, rows(page).nth(at), "k")
    expect(page.locator("#batch")).to_contain_text("6 hidden", timeout=60_000)
    theo.shoot("triage-hidden")

    # The rest at once, and the sheet of keys.
    page.keyboard.press("*")
    expect(page.locator("[data-row] .check:checked")).to_have_count(COMMENTS)
    page.keyboard.press("e")
    expect(page.locator("#batch")).to_contain_text("dealt with")
    stack.until(lambda: sql(stack, FLAGGED.format("<> 'open'")) == COMMENTS, 20, "all decided")
    page.keyboard.press("?")
    expect(page.locator("#keys-sheet")).to_be_visible()
    theo.shoot("triage-keys")
    page.keyboard.press("Escape")
    assert ABUSE not in page.content()

    # One that had left before it was taken back is published again a little later.
    def held() -> int:
        found = stack.ctl("GET", "comments", text=ABUSE)["comments"]
        return sum(comment["status"] == "heldForReview" for comment in found)

    stack.until(lambda: held() == 6, 60, "six hidden ones and no more", 0.5)
