"""A trusted helper: invited by mail, lets themselves in, sees what was lent, and is out in time."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.journey import NADIA, THEO, connect_youtube, read_now, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
ABUSE = "You are a stupid worthless idiot and everybody hates you"
ENDED = "Votre accès à cet espace est terminé."  # Nadia reads French
MINE = (
    "SELECT m.id FROM public.accounts_membership m JOIN public.accounts_user u ON u.id = m.user_id "
    f"WHERE u.email = '{NADIA}' AND m.role = 'helper'"
)


@pytest.fixture
def flagged(stack: Stack) -> str:
    """The code of a comment that waits for a decision."""
    somebody = stack.sign_in(THEO, stack.demo)
    find_account = "SELECT code::text FROM integrations_socialaccount WHERE platform = 'youtube'"
    account = sql(stack, find_account) or connect_youtube(stack, somebody, stack.demo)
    is_read = "SELECT bool_or(state = 'done') FROM integrations_syncrun"
    stack.until(lambda: sql(stack, is_read), 240, "the first reading", 0.3)
    made = stack.ctl("POST", "comments", op="add", text=ABUSE, author="@lend.me")
    read_now(stack, somebody, stack.demo, account)
    find_comment = (
        "SELECT c.code::text FROM integrations_comment c JOIN harassment_incident i "
        f"ON i.comment_id = c.id WHERE c.external_id = '{made['id']}'"
    )
    return str(stack.until(lambda: sql(stack, find_comment), 300, "the incident", 0.3))


@pytest.fixture
def nobody_stays(stack: Stack) -> Iterator[None]:
    """The stack's other journeys meet Nadia as the stranger that she was."""
    yield
    sql(stack, f"DELETE FROM public.accounts_membership WHERE id IN ({MINE}) RETURNING id")


def let_time_pass(stack: Stack) -> None:
    """As if the last day of her access were over now."""
    sql(
        stack,
        f"UPDATE public.accounts_membership SET expires_at = now() WHERE id IN ({MINE}) "
        "RETURNING id",
    )
    sql(
        stack,
        "UPDATE public.accounts_job SET run_at = now() WHERE name = 'accounts.expire_access' "
        f"AND (payload->>'membership_id')::bigint IN ({MINE}) RETURNING id",
    )


@pytest.mark.usefixtures("nobody_stays")
def test_a_helper_comes_helps_and_is_out_in_time(
    stack: Stack, person: Callable[..., Person], flagged: str
) -> None:
    # Theo lends a little, for three days.
    theo = person()
    theo.sign_in(THEO)
    theo.page.goto(f"{stack.demo}/accounts/helpers/")
    theo.page.get_by_label("E-mail address").fill(NADIA)
    theo.page.get_by_label("What they may do").select_option("triage")
    theo.page.get_by_role("button", name="Send the invitation").click()
    expect(theo.page.get_by_text("The invitation is on its way.")).to_be_visible()
    theo.shoot("helper-invited")
    # The stack writes mails into its log; the link is nowhere else.
    sent = stack.until(
        lambda: re.findall(r"/invitations/([\w-]{20,})/", stack.log.read_text(errors="replace")),
        30, "the mail",
    )  # fmt: skip

    # Nadia lets herself in, and says so once more.
    nadia = person(locale="en-GB")
    nadia.sign_in(NADIA)
    page = nadia.page
    nadia.expected.append("404")
    answer = page.goto(f"{stack.demo}/harassment/inbox/")
    assert answer is not None
    assert answer.status == 404
    page.goto(f"{stack.base}/invitations/{sent[-1]}/")
    page.locator("form[action*='/invitations/'] button").click()
    page.wait_for_url(f"{stack.demo}/")
    nadia.shoot("helper-home")

    # What was lent: to read on request and to decide. Not to hide, speak, export or invite.
    page.goto(f"{stack.demo}/harassment/comments/{flagged}/")
    standing = page.locator(f"#standing-{flagged}")
    dismiss = standing.locator(f"form[action$='/comments/{flagged}/dismiss/'] button")
    expect(dismiss).to_be_visible()
    assert ABUSE not in page.content()
    for act in ("hide", "reply", "publish"):
        expect(page.locator(f"[action$='/comments/{flagged}/{act}/']")).to_have_count(0)
    nadia.expected.append("403")
    for path in ("/accounts/helpers/", "/harassment/requests/", "/accounts/audit/"):
        refused = page.goto(f"{stack.demo}{path}")
        assert refused is not None
        assert refused.status == 403, path
    nadia.shoot("helper-refused")
    page.goto(f"{stack.demo}/harassment/comments/{flagged}/")
    expect(page.locator("#live-state")).to_have_attribute("data-state", "live")

    # Her time ends while the page is open: the page says so by itself, and so does the next act.
    before = page.locator("main").inner_text()
    let_time_pass(stack)
    expect(page.locator("#live-4403")).to_be_visible(timeout=60_000)
    dismiss.click()
    expect(page.locator("#toast")).to_contain_text(ENDED)
    nadia.shoot("helper-ended")
    assert page.locator("main").inner_text() == before  # nothing on the page is lost
    state = (
        "SELECT i.state FROM harassment_incident i JOIN integrations_comment c "
        f"ON c.id = i.comment_id WHERE c.code = '{flagged}'"
    )
    assert sql(stack, state) == "open"  # and nothing was decided behind her back
    gone = page.reload()
    assert gone is not None
    assert gone.status == 403
    theo.page.goto(f"{stack.demo}/accounts/helpers/")
    expect(theo.page.get_by_text("ended").first).to_be_visible()
    theo.shoot("helper-over")
