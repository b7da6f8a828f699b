"""From a pile-on to proof: one case, one tap to shelter, one ZIP that any Python verifies."""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.journey import THEO, connect_youtube, read_now, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
CROWD = 60
PATIENT = 60_000  # milliseconds: a busy machine answers late
ABUSE = (
    "You are a worthless idiot and everybody hates you",
    "What a pathetic ugly pig, delete your channel",
    "Nobody wants you here, you disgusting clown",
    "Shut your stupid mouth, you filthy liar",
    "You fat worthless cow, go and hide",
    "Piece of trash, I hope you lose everything",
)
WORDS = ("worthless", "pathetic", "disgusting", "filthy", "trash")


@pytest.fixture
def brigade(stack: Stack) -> Iterator[str]:
    """A connected account, sixty people who set in together, and the code of their one case."""
    somebody = stack.sign_in(THEO, stack.demo)
    find_account = "SELECT code::text FROM integrations_socialaccount WHERE platform = 'youtube'"
    account = sql(stack, find_account) or connect_youtube(stack, somebody, stack.demo)
    is_read = "SELECT bool_or(state = 'done') FROM integrations_syncrun"
    stack.until(lambda: sql(stack, is_read), 240, "the first reading", 0.3)
    for number in range(CROWD):
        text = f"{ABUSE[number % len(ABUSE)]} {number * 7919}"
        stack.ctl("POST", "comments", op="add", text=text, author=f"@wave.{number}")
    read_now(stack, somebody, stack.demo, account)
    find_case = (
        "SELECT code::text FROM harassment_case WHERE author_external_id LIKE 'wave:%' "
        "ORDER BY number DESC LIMIT 1"
    )
    yield str(stack.until(lambda: sql(stack, find_case), 300, "the case of the wave", 0.3))
    # This stack is shared: a shield that stays up would keep the other journeys quiet.
    somebody.post(f"{stack.demo}/harassment/shields/stop/", f"{stack.demo}/harassment/shields/")


def check(folder: Path, export: Path) -> "subprocess.CompletedProcess[str]":
    """Run the verifier as a lawyer would: the system's Python, nothing installed, no settings."""
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    return subprocess.run(
        [python, "-I", "-S", "verify.py", str(export)],
        cwd=folder, capture_output=True, text=True, env={}, check=False,
    )  # fmt: skip


def test_a_wave_is_sheltered_from_and_proven(
    stack: Stack, person: Callable[..., Person], brigade: str, tmp_path: Path
) -> None:
    expect.set_options(timeout=PATIENT)
    theo = person()
    page = theo.page
    theo.sign_in(THEO)

    # One explained case, and none of its words.
    page.goto(f"{stack.demo}/harassment/cases/{brigade}/")
    expect(page.get_by_role("heading", name="Why this is unusual")).to_be_visible()
    expect(page.get_by_role("rowheader", name="More hostile than usual")).to_be_visible()
    assert not [word for word in WORDS if word in page.content()]
    theo.shoot("wave-case")

    # One tap, and it is quiet.
    page.get_by_role("button", name="Shield for 12 hours").first.click()
    banner = page.locator("#shield-banner")
    expect(banner).to_contain_text("The shield is up.")
    expect(banner).to_contain_text("Only threats and published private details ring.")
    assert sql(stack, "SELECT count(*) FROM harassment_shield WHERE origin = 'case'") == 1
    theo.shoot("wave-shielded")

    # A copy for a lawyer.
    exports = page.locator("#case-exports")
    exports.get_by_label("For whom").fill("Me Durand, avocate")
    exports.get_by_role("button", name="Make a copy").click()
    link = page.locator("#case-exports").get_by_role("link", name=re.compile("^Download"))
    expect(link).to_be_visible(timeout=120_000)
    with page.expect_download() as download:
        link.click()
    export = tmp_path / "export.zip"
    download.value.save_as(export)
    theo.shoot("wave-exported")

    # Verified in an empty folder, with nothing but the verifier beside it.
    empty = tmp_path / "empty"
    with zipfile.ZipFile(export) as zipped:
        zipped.extract("verify.py", empty)
        inside = {info.filename: info for info in zipped.infolist()}
    found = check(empty, export)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert "INTACT" in found.stdout
    assert "Me Durand, avocate" in found.stdout

    # One flipped bit of the sealed text is found and named.
    spoiled = bytearray(export.read_bytes())
    evidence = inside["evidence.json"]
    spoiled[evidence.header_offset + evidence.compress_size // 2] ^= 1
    doctored = tmp_path / "doctored.zip"
    doctored.write_bytes(spoiled)
    found = check(empty, doctored)
    assert found.returncode != 0
    assert "INTACT" not in found.stdout.replace("NOT INTACT", "")
    assert "evidence.json" in found.stdout

    page.locator("#shield-banner").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The shield is down.").first).to_be_visible()
