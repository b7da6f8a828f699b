"""The main job as a person lives it: sign in, connect, watch, be told, read, hide, be sure."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.journey import NADIA, THEO, sql
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.browser
ABUSE = "You are a pathetic idiot, I will come to your house and break your legs"
WORDS = "break your legs"


@pytest.fixture(scope="module")
def stack(_chromium_is_there: None) -> Iterator[Stack]:
    """One of its own: it begins where nobody has connected anything."""
    with running_stack() as running:
        yield running


def test_the_main_job(stack: Stack, person: Callable[..., Person]) -> None:
    theo = person()
    page = theo.page

    # Sign in on the public host, enter the agency.
    page.goto(stack.base + "/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    theo.shoot("landing")
    theo.sign_in(THEO)
    expect(page.get_by_text("Nova Studio")).to_have_count(0)
    theo.shoot("workspaces")
    page.get_by_role("link", name=re.compile("Halcyon Talent")).first.click()
    page.wait_for_url(f"{stack.demo}/")
    theo.shoot("home-first-run")

    # Connect YouTube through a real OAuth round trip.
    page.goto(f"{stack.demo}/integrations/accounts/")
    theo.shoot("accounts-empty")
    page.locator("form[action$='/connect/youtube/']:visible button").first.click()
    expect(page).to_have_url(re.compile("/google/o/oauth2/v2/auth"))
    theo.shoot("consent")
    page.get_by_role("button", name=re.compile("^(Allow|Approve|Continue)")).click()
    expect(page).to_have_url(re.compile(re.escape(stack.demo) + "/integrations/accounts/"))
    expect(page.get_by_text("Mila Builds").first).to_be_visible()

    # Posts and comments arrive with progress, by themselves.
    page.locator("li.acc").get_by_role("link").first.click()
    expect(page.get_by_role("progressbar").or_(page.get_by_text(re.compile("comments"))).first
           ).to_be_visible()  # fmt: skip
    stack.until(
        lambda: sql(stack, "SELECT bool_or(state = 'done') FROM integrations_syncrun"), 120, "sync"
    )
    stack.until(
        lambda: sql(stack, "SELECT count(*) = 0 FROM integrations_comment c WHERE NOT is_own AND "
                           "NOT EXISTS (SELECT FROM harassment_toxicityscore s "
                           "WHERE s.comment_id = c.id)"),
        240, "every score", 0.3,
    )  # fmt: skip
    page.goto(f"{stack.demo}/integrations/accounts/")
    theo.shoot("accounts-synced")

    # Leave the page open; the alert comes by itself.
    page.goto(f"{stack.demo}/")
    expect(page.locator("#live-state")).to_contain_text("Live")
    known = page.locator("#alerts li").count()
    stack.ctl("POST", "comments", op="add", text=ABUSE, author="@late.caller")
    case_of = (
        "SELECT c.code::text FROM harassment_case c WHERE c.author_handle = '@late.caller' LIMIT 1"
    )
    case = stack.until(lambda: sql(stack, case_of), 90, "the case")
    alert = page.locator(f"#alerts a[href*='{case}']").first
    expect(alert).to_be_visible(timeout=40_000)
    assert known >= 0
    assert WORDS not in page.content()
    theo.shoot("home-alert")

    # Read the case masked, reveal on purpose.
    alert.click()
    expect(page).to_have_url(re.compile(f"/harassment/cases/{case}/"))
    assert WORDS not in page.content()
    theo.shoot("case-masked")
    revealed = (
        "SELECT count(*) FROM public.accounts_auditentry "
        "WHERE action = 'harassment.comment.revealed'"
    )
    before = sql(stack, revealed)
    page.get_by_role("button", name=re.compile("Reveal")).first.click()
    expect(page.get_by_text(WORDS)).to_be_visible()
    theo.shoot("case-revealed")
    assert sql(stack, revealed) == before + 1
    page.reload()
    assert WORDS not in page.content()

    # Hide it; the platform confirms.
    page.get_by_role("button", name=re.compile("Hide on YouTube")).first.click()
    expect(page.get_by_text(re.compile("confirmed by YouTube", re.IGNORECASE)).first
           ).to_be_visible(timeout=40_000)  # fmt: skip
    theo.shoot("case-hidden")
    held = stack.ctl("GET", "comments", text=WORDS)["comments"]
    assert [comment["status"] for comment in held] == ["heldForReview"]

    # The inbox, and the same comment in it.
    page.goto(f"{stack.demo}/harassment/inbox/")
    theo.shoot("inbox")
    assert WORDS not in page.content()

    # The other agency sees none of it.
    nadia = person(locale="fr-FR")
    nadia.sign_in(NADIA)
    nadia.page.goto(f"{stack.nova}/harassment/inbox/")
    nadia.shoot("inbox-of-the-other-agency")
    assert "late.caller" not in nadia.page.content()
    nadia.expected.append("404")
    for address in (f"{stack.nova}/harassment/cases/{case}/", f"{stack.demo}/harassment/inbox/"):
        answer = nadia.page.goto(address)
        assert answer is not None
        assert answer.status == 404
