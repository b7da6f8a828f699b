"""What Aura can do where: an honest answer for every platform, in the page and by command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as real_settings
from django.core.management import call_command

from accounts import tenancy
from integrations import queries
from integrations.platforms import PLATFORMS
from integrations.platforms.base import Cap
from integrations.platforms.declared import DECLARED
from tests.factories import make_account

LIST = "/integrations/accounts/"
NAMED = {
    "youtube", "tiktok", "instagram", "facebook", "reddit", "twitch", "x", "onlyfans", "linkedin",
    "snapchat", "discord", "telegram", "whatsapp", "signal",
}  # fmt: skip


def facts():
    out = StringIO()
    call_command("platforms", "--json", stdout=out)
    return {fact["kind"]: fact for fact in json.loads(out.getvalue())}


def test_every_platform_answers_for_every_capability():
    told = facts()
    assert set(told) == NAMED | set(PLATFORMS)
    for kind, fact in told.items():
        assert set(fact["capabilities"]) == {cap.value for cap in Cap}, kind
        assert fact["adapter"] == (kind in PLATFORMS)


def test_every_no_has_a_reason():
    for kind, fact in facts().items():
        for name, support in fact["capabilities"].items():
            if support["state"] != "yes":
                assert support["reason"], (kind, name)


@pytest.mark.parametrize("kind", sorted(DECLARED))
def test_what_has_no_adapter_promises_nothing_but_the_way_by_hand(kind):
    capabilities = DECLARED[kind].capabilities
    assert capabilities[Cap.COMMENT_REPORT].manual_url
    allowed = {cap for cap, support in capabilities.items() if support.state != "no"}
    assert allowed <= {Cap.IMPORT_EXPORT_FILE}


def test_the_display_app_alone_waits_for_an_approval(settings):
    settings.TIKTOK_BUSINESS_APP_ID, settings.TIKTOK_CLIENT_KEY = "", "key"
    tiktok = facts()["tiktok"]["capabilities"]
    assert tiktok["comments_read"]["state"] == "needs_review"
    assert tiktok["posts"]["state"] == "yes"
    settings.TIKTOK_BUSINESS_APP_ID = "app"
    assert facts()["tiktok"]["capabilities"]["comments_read"]["state"] == "yes"


def test_the_readme_says_what_the_code_says(settings):
    settings.TIKTOK_BUSINESS_APP_ID = "app"  # as the sentence below the table says
    out = StringIO()
    call_command("platforms", "--markdown", stdout=out)
    readme = Path(real_settings.BASE_DIR, "README.md").read_text(encoding="utf-8")
    assert out.getvalue().strip() in readme, "put the output of `platforms --markdown` there"


def test_the_table_is_for_people():
    out = StringIO()
    call_command("platforms", stdout=out)
    assert {line.split()[0] for line in out.getvalue().splitlines()[1:]} >= {"TikTok", "OnlyFans"}


@pytest.mark.parametrize(
    ("registered", "offered"),
    [
        (["tiktok"], {"tiktok"}),
        (["tiktok", "youtube"], {"tiktok", "youtube"}),
        ([], set(PLATFORMS)),
    ],
)
def test_only_what_can_be_connected_is_offered(
    client_for, alice, lumen, settings, registered, offered
):
    for name in ("GOOGLE_CLIENT_ID", "TIKTOK_BUSINESS_APP_ID", "TIKTOK_CLIENT_KEY"):
        setattr(settings, name, "")
    settings.INSTAGRAM_CLIENT_ID = ""
    if "tiktok" in registered:
        settings.TIKTOK_BUSINESS_APP_ID = "app"
    if "youtube" in registered:
        settings.GOOGLE_CLIENT_ID = "app"
    page = client_for(alice, lumen).get(LIST).content.decode()
    found = {kind for kind in NAMED if f'action="{LIST}connect/{kind}/"' in page}
    assert found == offered


def test_the_page_says_why_not_and_what_to_do_by_hand(client_for, vera, lumen):
    page = client_for(vera, lumen).get(LIST).content.decode()
    assert "Signal is encrypted between people" in page
    assert page.count("Snapchat has no API for comments or messages.") == 1
    assert "https://support.tiktok.com/" in page


def test_reddit_waits_for_its_keys_and_says_what_to_do(client_for, alice, lumen, settings):
    settings.GOOGLE_CLIENT_ID = "app"
    settings.REDDIT_CLIENT_ID = settings.REDDIT_CLIENT_SECRET = settings.REDDIT_USERNAME = ""
    out = StringIO()
    call_command("platforms", stdout=out)
    (line,) = [one for one in out.getvalue().splitlines() if "Reddit cannot be connected" in one]
    assert "set REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET, REDDIT_USERNAME." in line
    assert "only after it has approved it" in line
    page = client_for(alice, lumen).get(LIST).content.decode()
    assert "Reddit is not set up on this installation." in page
    assert "REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET, REDDIT_USERNAME" in page
    assert f'action="{LIST}connect/reddit/"' not in page
    settings.REDDIT_CLIENT_ID = settings.REDDIT_CLIENT_SECRET = "set"
    assert facts()["reddit"]["lacking"] == ["REDDIT_USERNAME"]
    settings.REDDIT_USERNAME = "somebody"
    assert facts()["reddit"]["registered"]
    page = client_for(alice, lumen).get(LIST).content.decode()
    assert "Reddit is not set up" not in page
    assert f'action="{LIST}connect/reddit/"' in page


def test_what_several_columns_say_is_said_once():
    rows = {row.kind: row for row in queries.platform_rows()}
    reasons = [cell.reason for cell in rows["signal"].explained]
    assert len(reasons) == len(set(reasons)) == 1


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (["app.display", "user.info.basic", "video.list"], "shows profile and videos only"),
        (["app.business", "comment.list"], "Not permitted on the platform: Reply, Hide."),
    ],
)
def test_a_connection_says_what_it_lacks(client_for, alice, lumen, scopes, words):
    with tenancy.enter(lumen):
        account = make_account(platform="tiktok", access_token_enc="x", scopes_granted=scopes)
    page = client_for(alice, lumen).get(f"{LIST}{account.code}/").content.decode()
    assert words in page
