"""A rule as a person lives it: built, previewed, tried in shadow, turned on, taken back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.journey import THEO, connect_youtube, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
PATIENT = 40_000  # milliseconds: a busy machine answers late
WORDS = "utterly worthless idiot"
ABUSE = f"You are an {WORDS}, nobody wants to see your face"
SECOND, THIRD = f"{ABUSE} again", f"{ABUSE} once more"
BY_RULES = "SELECT count(*) FROM integrations_moderationaction WHERE actor_id IS NULL"
HITS = "SELECT count(*) FROM harassment_rulehit WHERE is_shadow = {}"
WATCHING = "SELECT count(*) FROM harassment_rule WHERE live_id IS NOT NULL OR is_shadowing"
SCORED = (
    "SELECT count(*) FROM harassment_toxicityscore s JOIN integrations_comment c "
    "ON c.id = s.comment_id WHERE c.author_handle = '@third.insult'"
)


def test_a_rule_from_preview_to_shadow_to_live(stack: Stack, person: Callable[..., Person]) -> None:
    theo = person()
    page = theo.page
    theo.sign_in(THEO)
    browser = stack.sign_in(THEO, stack.demo)
    if not sql(stack, "SELECT count(*) FROM integrations_socialaccount"):
        connect_youtube(stack, browser, stack.demo)
    stack.until(
        lambda: sql(stack, "SELECT count(*) > 20 FROM harassment_toxicityscore"), 240, "scores", 0.5
    )

    # Nothing there yet; the way on is one click.
    page.goto(f"{stack.demo}/harassment/rules/")
    theo.shoot("rules-empty")
    page.get_by_role("link", name="Build the first rule").click()

    # Another subject asks for another value; a second condition; what it would have caught.
    page.locator("#id_name").fill("Harsh insults")
    page.locator("#g0-c0-what").select_option("language")
    expect(page.locator("#g0-c0-value")).to_have_value("fr", timeout=PATIENT)
    page.locator("#g0-c0-what").select_option("score:insult")
    expect(page.locator("#g0-c0-value")).to_have_value("", timeout=PATIENT)
    page.locator("#g0-c0-value").fill("0.6")
    page.get_by_role("button", name="Condition", exact=True).click()
    settled = page.locator("#rule-form:not(.htmx-added):not(.htmx-settling)")
    settled.locator("#g0-c1-what").select_option("earlier")
    expect(page.locator("#g0-c1-op")).to_contain_text("fewer than", timeout=PATIENT)
    page.locator("#g0-c1-op").select_option("below")
    page.locator("#g0-c1-value").fill("50")
    page.get_by_role("button", name="What would it have caught?").click()
    expect(page.locator("#rule-preview")).to_contain_text("It would have caught", timeout=PATIENT)
    theo.shoot("rules-builder")

    # One that fits everything is refused with the reason, and nothing typed is lost.
    theo.expected.append("422")
    page.locator("#g0-c0-value").fill("0")
    page.get_by_role("button", name="Keep it, in shadow").click()
    expect(page.get_by_role("alert")).to_contain_text("ordinary comments as such", timeout=PATIENT)
    theo.shoot("rules-refused")
    page.locator("#g0-c0-value").fill("0.6")
    page.get_by_role("button", name="Keep it, in shadow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harsh insults", timeout=PATIENT)
    expect(page.get_by_text("In shadow, version 1")).to_be_visible(timeout=PATIENT)

    rule = page.url
    try:
        lead_a_rule_through_life(stack, theo)
    finally:
        # This stack is shared: left on, it would act on what the other journeys say.
        browser.post(f"{rule}off/", rule)
    by_rules = sql(stack, BY_RULES)
    stack.ctl("POST", "comments", op="add", text=THIRD, author="@third.insult")
    stack.until(lambda: sql(stack, SCORED), 120, "the score of the third")
    assert sql(stack, WATCHING) == 0  # so that no job of a rule was promised with the score
    assert sql(stack, BY_RULES) == by_rules
    held = stack.ctl("GET", "comments", text=THIRD)["comments"]
    assert [comment["status"] for comment in held] == ["published"]

    # The other pages, and the builder on a phone.
    page.goto(f"{stack.demo}/harassment/rules/thresholds/")
    theo.shoot("rules-thresholds")
    page.goto(f"{stack.demo}/harassment/rules/words/")
    theo.shoot("rules-words")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{stack.demo}/harassment/rules/new/")
    theo.shoot("rules-builder-phone")


def lead_a_rule_through_life(stack: Stack, theo: Person) -> None:
    """From shadow to live, an act taken back, and off again."""
    page = theo.page

    # In shadow it writes down and touches nothing.
    acted = sql(stack, BY_RULES)
    stack.ctl("POST", "comments", op="add", text=ABUSE, author="@first.insult")
    stack.until(lambda: sql(stack, HITS.format("true")), 120, "a note in shadow")
    assert sql(stack, BY_RULES) == acted
    page.reload()
    expect(page.locator("#rule-log")).to_contain_text("Would have acted on", timeout=PATIENT)
    expect(page.locator("#rule-preview")).to_contain_text("It would have caught", timeout=PATIENT)
    assert WORDS not in page.content()
    theo.shoot("rules-shadow")

    # A person turns it on, after the figures.
    page.get_by_role("link", name="Turn on").click()
    expect(page.get_by_text(re.compile("In shadow it found"))).to_be_visible(timeout=PATIENT)
    theo.shoot("rules-live-figures")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("On, version 1")).to_be_visible(timeout=PATIENT)
    stack.ctl("POST", "comments", op="add", text=SECOND, author="@second.insult")
    stack.until(
        lambda: sql(stack, f"{BY_RULES} AND state = 'confirmed'") > acted, 120, "it is hidden",
    )  # fmt: skip
    held = stack.ctl("GET", "comments", text=SECOND)["comments"]
    assert [comment["status"] for comment in held] == ["heldForReview"]

    # And takes back what it did.
    page.reload()
    theo.shoot("rules-live")
    page.get_by_role("button", name="Take back").first.click()
    expect(page.get_by_text("Taking it back is under way.")).to_be_visible(timeout=PATIENT)
    stack.until(
        lambda: stack.ctl("GET", "comments", text=SECOND)["comments"][0]["status"] == "published",
        120, "it is shown again",
    )  # fmt: skip

    # And off again.
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("button", name="Turn off")).to_have_count(0, timeout=PATIENT)
