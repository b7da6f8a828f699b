"""Outside text stays text: 320 payloads through the pages in Chromium, nothing runs or calls."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.payloads import payloads
from tests.journey import THEO, connect_youtube, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser


def test_nothing_runs_and_nothing_calls(stack: Stack, person: Callable[..., Person]) -> None:
    texts = payloads()
    browser = stack.sign_in(THEO, stack.demo)
    if not sql(stack, "SELECT count(*) FROM integrations_socialaccount"):
        connect_youtube(stack, browser, stack.demo)
    for number, text in enumerate(texts):
        author = f"@<img src=/evil?author{number}>" if number % 7 == 0 else f"@payload.{number}"
        stack.ctl("POST", "comments", op="add", text=text, author=author)
    stack.until(
        lambda: sql(stack, "SELECT count(*) FROM integrations_comment "
                           "WHERE raw::text LIKE '%evil?%'") > 250
        and sql(stack, "SELECT count(*) = 0 FROM integrations_comment c WHERE NOT is_own AND "
                       "NOT EXISTS (SELECT FROM harassment_toxicityscore s "
                       "WHERE s.comment_id = c.id)"),
        300, "the payloads", 0.5,
    )  # fmt: skip

    theo = person()
    called: list[str] = []
    theo.page.on("request", lambda r: called.append(r.url) if "evil" in r.url else None)
    theo.sign_in(THEO)
    seen = 0
    address: str | None = f"{stack.demo}/harassment/inbox/?view=all"
    while address and seen < 40:
        theo.page.goto(address)
        if seen == 0:
            theo.shoot("inbox-hostile")
        seen += 1
        older = theo.page.locator("a[rel=next]")
        address = older.first.evaluate("a => a.href") if older.count() else None
    assert seen > 3
    codes = sql(
        stack,
        "SELECT string_agg(code::text, ' ') FROM (SELECT code FROM integrations_comment "
        "WHERE raw::text LIKE '%evil?%' ORDER BY id LIMIT 70) c",
    ).split()
    for code in codes:
        answer = theo.page.goto(f"{stack.demo}/harassment/comments/{code}/")
        assert answer is not None
        assert answer.status == 200
    for path in ("/", "/harassment/cases/", "/integrations/accounts/", "/accounts/audit/"):
        theo.page.goto(stack.demo + path)
    theo.page.wait_for_timeout(1500)
    assert called == []
    assert theo.page.locator("[hx-get*='evil'], [src*='evil'], script[src*='evil']").count() == 0


def test_it_works_without_scripts(stack: Stack, person: Callable[..., Person]) -> None:
    theo = person(java_script_enabled=False)
    theo.sign_in(THEO)
    page = theo.page
    for path in ("/", "/harassment/inbox/", "/harassment/cases/", "/integrations/accounts/"):
        answer = page.goto(stack.demo + path)
        assert answer is not None
        assert answer.status == 200
        assert page.locator("h1").count() == 1
    case = sql(stack, "SELECT code::text FROM harassment_case ORDER BY severity DESC LIMIT 1")
    if case is None:
        pytest.fail("the stack has no case; the main journey makes one")
    page.goto(f"{stack.demo}/harassment/cases/{case}/")
    page.get_by_role("button", name=re.compile("Reveal")).first.click()
    assert page.get_by_label("Revealed comment").count() >= 1
    theo.shoot("revealed-without-scripts")


def test_a_page_catches_up_after_the_server_was_away(
    stack: Stack, person: Callable[..., Person]
) -> None:
    theo = person()
    theo.sign_in(THEO)
    page = theo.page
    page.goto(stack.demo + "/")
    expect(page.locator("#live-state")).to_contain_text("Live")
    # The fragments' fallback polls may fall into the time away.
    theo.expected += ["ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"]
    theo.context.set_offline(True)
    expect(page.locator("#live-state")).not_to_contain_text("Live", timeout=30_000)
    stack.ctl("POST", "comments", op="add", author="@while.away",
              text="You pathetic idiot, I will find you and break your arms")  # fmt: skip
    case = stack.until(
        lambda: sql(stack, "SELECT code::text FROM harassment_case "
                           "WHERE author_handle = '@while.away'"),
        90, "the case",
    )  # fmt: skip
    theo.context.set_offline(False)
    page.wait_for_selector(f"#alerts a[href*='{case}']", timeout=40_000)
