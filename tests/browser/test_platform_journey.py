"""Four platforms in the same three clicks, and a permission that is taken back and given again."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Locator, expect

from integrations.platforms import PLATFORMS, platform
from integrations.queries import MATRIX
from tests.browser.conftest import Person
from tests.journey import NADIA, sql
from tests.stack import Browser, Stack

pytestmark = pytest.mark.browser
PATIENT = 60_000  # milliseconds: a busy machine answers late
KINDS = ("tiktok", "instagram", "youtube", "reddit")
CHANNEL = "nox"  # whom none of the other journeys reads
LOST = "tiktok"  # whose permission is taken back
MISSED = "Said while Aura could not hear"
STATUS = "SELECT status FROM integrations_socialaccount WHERE platform = '{}' AND NOT is_import"
REASON = f"SELECT status_reason FROM integrations_socialaccount WHERE platform = '{LOST}'"
CODES = "SELECT array_agg(code::text ORDER BY code) FROM integrations_socialaccount"
HELD = (
    "SELECT coalesce(array_agg(c.external_id::text), '{{}}') FROM integrations_comment c "
    "JOIN integrations_socialaccount a ON a.id = c.account_id WHERE a.platform = '{}'"
)


def test_four_platforms_and_a_permission_taken_back(
    stack: Stack, person: Callable[..., Person], settings: Any
) -> None:
    settings.TIKTOK_BUSINESS_APP_ID = "as on the stack"
    nadia = person(locale="fr-FR")
    nadia.sign_in(NADIA)
    accounts = f"{stack.nova}/integrations/accounts/"
    try:
        for kind in KINDS:
            nadia.page.goto(accounts)
            connect_in_three_clicks(nadia, accounts, kind)
        for kind in KINDS:
            sees_what_is_possible(stack, nadia, accounts, kind)
        for kind in KINDS:
            reads_everything(stack, kind)
        nadia.page.goto(accounts)
        nadia.shoot("platforms-connected")
        loses_and_mends(stack, nadia, accounts)
        looks_on_a_phone(stack, nadia, accounts)
    finally:
        # This stack is shared: what is read here would slow the other journeys down.
        disconnect_all(stack, stack.sign_in(NADIA, stack.nova), accounts)


def connect_in_three_clicks(nadia: Person, accounts: str, kind: str) -> None:
    """The platform, the channel, yes: alike for every one of them."""
    page = nadia.page
    known = page.locator("li.acc").count()
    if known:
        page.locator("[popovertarget=connect-menu]").click()
        nadia.shoot("platforms-menu")
    page.locator(f"form[action$='/connect/{kind}/']:visible button").first.click()
    says_yes(nadia, accounts)
    expect(page.locator("li.acc")).to_have_count(known + 1, timeout=PATIENT)
    expect(row_of(nadia, kind)).to_be_visible(timeout=PATIENT)


def says_yes(nadia: Person, accounts: str) -> None:
    """On the platform's own page; it leads back to the accounts."""
    page = nadia.page
    page.get_by_role("radio", name=re.compile("Nox")).check(timeout=PATIENT)
    nadia.shoot("platforms-consent")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(re.escape(accounts)), timeout=PATIENT)


def opens(stack: Stack, nadia: Person, kind: str) -> None:
    """The account's own page, by its link: a live list may be drawn anew under a click."""
    link = row_of(nadia, kind).locator("a[href*='/integrations/accounts/']").first
    nadia.page.goto(f"{stack.nova}{link.get_attribute('href', timeout=PATIENT)}")
    expect(nadia.page.locator("#powers")).to_be_visible(timeout=PATIENT)


def sees_what_is_possible(stack: Stack, nadia: Person, accounts: str, kind: str) -> None:
    """The account's own page: every capability with its answer, and the reason of every no."""
    page = nadia.page
    page.goto(accounts)
    opens(stack, nadia, kind)
    powers = page.locator("#powers")
    capabilities = platform(kind).capabilities
    with translation.override("fr"):
        for cap, name in MATRIX:
            support = capabilities[cap]
            line = powers.locator("li").filter(has=page.get_by_text(str(name), exact=True))
            expect(line).to_have_attribute("data-state", support.state)
            if support.reason:
                expect(line).to_contain_text(translation.gettext(support.reason))
            if support.state == "no" and support.manual_url:
                expect(line.get_by_role("link")).to_have_attribute("href", support.manual_url)
    nadia.shoot(f"platforms-{kind}")


def reads_everything(stack: Stack, kind: str) -> None:
    """All that the platform holds of the channel is stored, each once."""
    told = stack.ctl("GET", "comments", platform=kind, channel=CHANNEL, limit=5000)["comments"]
    there = {one["id"] for one in told if one["status"] != "rejected"}
    assert there

    def is_read() -> bool:
        held = sql(stack, HELD.format(kind), "nova")
        assert len(held) == len(set(held))
        return there <= set(held)

    stack.until(is_read, 240, f"what was written on {PLATFORMS[kind].label}", 0.5)


def loses_and_mends(stack: Stack, nadia: Person, accounts: str) -> None:
    """A permission goes: the health says what, why and what to do; given again, nothing lacks."""
    page = nadia.page
    codes = sql(stack, CODES, "nova")
    before = set(sql(stack, HELD.format(LOST), "nova"))
    stack.ctl("POST", "tokens", op="revoke", platform=LOST, channel=CHANNEL)
    stack.ctl("POST", "comments", op="add", text=MISSED, platform=LOST, channel=CHANNEL)
    stack.until(
        lambda: sql(stack, STATUS.format(LOST), "nova") == "reconnect", 120, "the health", 0.5
    )
    for kind in set(KINDS) - {LOST}:
        assert sql(stack, STATUS.format(kind), "nova") != "reconnect"
    page.goto(accounts)
    row = row_of(nadia, LOST)
    with translation.override("fr"):
        cause = translation.gettext(sql(stack, REASON, "nova"))
        remedy = translation.gettext(
            "Aura keeps the place where it stopped and goes on from there."
        )
        blind = translation.gettext("Not heard since %(when)s") % {"when": ""}
    expect(row).to_contain_text(cause, timeout=PATIENT)
    for words in (remedy, blind.strip()):
        expect(row).to_contain_text(words, timeout=PATIENT)
    expect(page.locator("#account-list .note.warn")).to_be_visible(timeout=PATIENT)
    nadia.shoot("platforms-revoked")

    # What a click sends, sent at once: the list is drawn anew whenever something is read.
    button = row.locator(f"form[action$='/connect/{LOST}/'] button")
    expect(button).to_be_visible(timeout=PATIENT)
    button.evaluate("button => button.form.requestSubmit(button)")
    says_yes(nadia, accounts)
    expect(page.locator(".note.ok")).to_be_visible(timeout=PATIENT)
    stack.until(
        lambda: sql(stack, STATUS.format(LOST), "nova") == "active", 120, "the mended health", 0.5
    )
    reads_everything(stack, LOST)
    assert before <= set(sql(stack, HELD.format(LOST), "nova"))
    assert sql(stack, CODES, "nova") == codes
    said = f"SELECT count(*) FROM integrations_comment WHERE text = '{MISSED}'"
    assert sql(stack, said, "nova") == 1
    page.goto(accounts)
    expect(page.locator("#account-list .note.warn")).to_have_count(0, timeout=PATIENT)
    nadia.shoot("platforms-mended")


def looks_on_a_phone(stack: Stack, nadia: Person, accounts: str) -> None:
    """The same pages on a narrow screen: nothing runs out of it."""
    page = nadia.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(accounts)
    nadia.shoot("platforms-phone")
    page.goto(f"{accounts}?result=several-accounts")
    expect(page.locator("main .note.warn[role=status]")).to_be_visible(timeout=PATIENT)
    nadia.shoot("platforms-several-pages-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opens(stack, nadia, "youtube")
    # Open it without a click: while something is read it is not there.
    page.evaluate("document.getElementById('fetch-again')?.setAttribute('open', '')")
    nadia.shoot("platforms-fetch-again-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def disconnect_all(stack: Stack, browser: Browser, accounts: str) -> None:
    """Let every account go, as the button does."""
    for code in sql(stack, CODES, "nova") or []:
        browser.post(f"{accounts}{code}/disconnect/", f"{accounts}{code}/")
    left = "SELECT count(*) FROM integrations_socialaccount WHERE status <> 'disconnected'"
    assert sql(stack, left, "nova") == 0


def row_of(nadia: Person, kind: str) -> Locator:
    """The line of the account on that platform."""
    label = PLATFORMS[kind].label
    row = nadia.page.locator("li.acc")
    return row.filter(has=nadia.page.get_by_role("img", name=label, exact=True))
