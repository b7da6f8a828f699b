"""A moderator's flood: twenty and more flagged comments decided without touching the mouse."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.bench_platforms import resting
from tests.browser.conftest import Person
from tests.journey import THEO, connect_youtube, read_now, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
PATIENT = 60_000  # milliseconds: a busy machine answers late
ABUSE = "You are a pathetic idiot, I will come to your house and break your legs"
COMMENTS = 24
FLAGGED = (
    "SELECT count(*) FROM harassment_incident i JOIN integrations_comment c ON c.id = i.comment_id "
    "WHERE c.author_handle LIKE '@triage.%' AND i.state {}"
)
DECIDED = re.compile("decided")


@pytest.fixture
def flood(stack: Stack) -> int:
    """As many flagged comments as there are, all waiting; how many with these words were hidden."""
    somebody = stack.sign_in(THEO, stack.demo)
    find_account = "SELECT code::text FROM integrations_socialaccount WHERE platform = 'youtube'"
    account = sql(stack, find_account) or connect_youtube(stack, somebody, stack.demo)
    is_read = "SELECT bool_or(state = 'done') FROM integrations_syncrun"
    stack.until(lambda: sql(stack, is_read), 240, "the first reading", 0.3)
    before = held(stack)  # other journeys share this stack
    for number in range(COMMENTS):
        stack.ctl(
            "POST", "comments", op="add", text=f"{ABUSE} {number}", author=f"@triage.{number}"
        )
    read_now(stack, somebody, stack.demo, account)
    flagged = FLAGGED.format("= 'open'")
    stack.until(lambda: sql(stack, flagged) == COMMENTS, 240, "every incident", 0.3)
    return before


def held(stack: Stack) -> int:
    """How many comments with these words the platform hides."""
    found = stack.ctl("GET", "comments", text=ABUSE)["comments"]
    return sum(comment["status"] == "heldForReview" for comment in found)


def rows(page: Page) -> Locator:
    return page.locator("[data-row]")


def is_shown(page: Page, row: Locator) -> None:
    """This row is the one beside the list, and what is beside the list can be pressed."""
    expect(row.locator(".hit")).to_have_attribute("aria-current", "true")
    code = (row.get_attribute("id") or "").removeprefix("comment-")
    expect(page.locator(f"#detail #standing-{code}")).to_be_visible()
    expect(page.locator("#detail button[disabled]")).to_have_count(0)  # it is not being replaced


def go_to(page: Page, row: Locator, key: str = "j") -> None:
    """One step with the keyboard."""
    page.keyboard.press(key)
    is_shown(page, row)


def choose_six(page: Page, by: str) -> None:
    """The rows from 10 to 15; the first of them is reached with `by`."""
    go_to(page, rows(page).nth(10), by)
    page.keyboard.press("x")
    for at in range(11, 16):
        go_to(page, rows(page).nth(at))
    page.keyboard.press("Shift+X")
    expect(page.locator("#bulk")).to_be_visible()
    expect(page.locator("[data-row] .check:checked")).to_have_count(6)


def test_twenty_comments_by_keyboard(
    stack: Stack, person: Callable[..., Person], flood: int
) -> None:
    expect.set_options(timeout=PATIENT)
    theo = person()
    # A question that a press overtakes is cancelled on purpose; htmx writes that down as an error.
    theo.expected += ["htmx:sendAbort", "htmx:afterRequest"]
    theo.sign_in(THEO)
    page = theo.page
    page.goto(f"{stack.demo}/harassment/inbox/?view=needs&q=triage")
    expect(rows(page)).to_have_count(COMMENTS)
    assert ABUSE not in page.content()
    expect(page.locator("#detail .dbody")).to_be_visible()
    top = rows(page).first.bounding_box()

    one_by_one(page)
    assert rows(page).first.bounding_box() == top  # nothing moved
    theo.shoot("triage-one-by-one")

    # Six at once: chosen from one to another, hidden, taken back; the page stays.
    choose_six(page, "j")
    theo.shoot("triage-chosen")
    page.evaluate("document.body.dataset.mark = 'same page'")
    with resting(stack):  # however slow this machine is, nothing has left when it is taken back
        page.keyboard.press("h")
        expect(page.locator("#batch")).to_contain_text("6 on their way")
        page.keyboard.press("u")
        expect(page.locator("#batch")).to_contain_text("6 taken back")
    page.keyboard.press("k")
    expect(page.locator("body")).to_have_attribute("data-mark", "same page")
    for at in range(10, 16):
        expect(rows(page).nth(at)).not_to_have_class(DECIDED)
    is_shown(page, rows(page).nth(14))

    # And hidden for good.
    for at in range(13, 10, -1):
        go_to(page, rows(page).nth(at), "k")
    choose_six(page, "k")
    page.keyboard.press("h")
    expect(page.locator("#batch")).to_contain_text("6 hidden")
    theo.shoot("triage-hidden")

    # The rest at once, and the sheet of keys.
    page.keyboard.press("*")
    expect(page.locator("[data-row] .check:checked")).to_have_count(COMMENTS)
    page.keyboard.press("e")
    expect(page.locator("#batch")).to_contain_text("dealt with")
    stack.until(lambda: sql(stack, FLAGGED.format("<> 'open'")) == COMMENTS, 60, "all decided")
    page.keyboard.press("?")
    expect(page.locator("#keys-sheet")).to_be_visible()
    theo.shoot("triage-keys")
    page.keyboard.press("Escape")
    assert ABUSE not in page.content()
    stack.until(lambda: held(stack) == flood + 6, 120, "six hidden ones and no more", 0.5)


def one_by_one(page: Page) -> None:
    """Ten decided with one key each, then three steps faster than any page: the last one counts."""
    for at in range(7):
        go_to(page, rows(page).nth(at))
        page.keyboard.press("n" if at % 2 else "e")
        expect(rows(page).nth(at)).to_have_class(DECIDED)
    for _ in range(3):
        page.keyboard.press("j")
    is_shown(page, rows(page).nth(9))
    page.keyboard.press("n")
    expect(rows(page).nth(9)).to_have_class(DECIDED)
    for at in (8, 7):
        expect(rows(page).nth(at)).not_to_have_class(DECIDED)
        go_to(page, rows(page).nth(at), "k")
        page.keyboard.press("e")
        expect(rows(page).nth(at)).to_have_class(DECIDED)
    go_to(page, rows(page).nth(8))
    go_to(page, rows(page).nth(9))
    page.keyboard.press("u")
    expect(rows(page).nth(9)).not_to_have_class(DECIDED)
    page.keyboard.press("n")
    expect(rows(page).nth(9)).to_have_class(DECIDED)
