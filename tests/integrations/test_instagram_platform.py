"""The Instagram adapter against the sandbox, over real HTTP: the grant, and reading."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms.base import (
    Bucket,
    Cap,
    ErrorKind,
    Platform,
    PlatformError,
    Visibility,
    walk_pages,
)
from integrations.platforms.instagram.credential import Credential
from integrations.platforms.meta.graph import next_cursor
from integrations.sandbox.instagram.ids import scoped_id
from integrations.sandbox.instagram.wallet import LONG_SECONDS
from tests.integrations.instagram_cast import (
    KIND,
    account_id,
    adapter,
    comment,
    everything,
    found,
    post_ids,
    sign_in,
    wallet,
)
from tests.integrations.sandbox_server import REDIRECT

pytest_plugins = ("tests.integrations.instagram_fixtures",)

BASIC = "instagram_business_basic"
COMMENTS = "instagram_business_manage_comments"
INSIGHTS = "instagram_business_manage_insights"

# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_for_the_three_business_scopes(instagram, ig_sandbox):
    url = urlsplit(instagram.authorize_url("state-1", "challenge", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/ig/www/oauth/authorize"
    assert query == {
        "client_id": wallet(ig_sandbox).client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{BASIC},{COMMENTS},{INSIGHTS}",
        "state": "state-1",
        "enable_fb_login": "0",
    }


def test_it_trades_a_code_for_a_token_of_sixty_days(instagram, ig_sandbox):
    tokens = sign_in(instagram, ig_sandbox)
    credential = Credential.unpack(tokens.access)
    assert credential.user_id == account_id(ig_sandbox)
    assert credential.username == "milabuilds"
    assert wallet(ig_sandbox).tokens[credential.token].is_long
    assert tokens.refresh == tokens.access
    assert tokens.scopes == (BASIC, COMMENTS, INSIGHTS)
    assert tokens.access_expires_at is not None
    life = tokens.access_expires_at - datetime.now(UTC)
    assert timedelta(seconds=LONG_SECONDS - 60) < life <= timedelta(seconds=LONG_SECONDS)


def test_it_takes_the_trailing_sign_off_the_code(instagram, ig_sandbox):
    code = ig_sandbox.approve(instagram.authorize_url("s", "", REDIRECT))["code"]
    assert instagram.exchange(code + "#_", "", REDIRECT).access


def test_it_asks_for_pushes_where_they_can_be_taken(ig_sandbox, instagram_http):
    silent = adapter(ig_sandbox, instagram_http, verify_token="")
    sign_in(silent, ig_sandbox)
    assert wallet(ig_sandbox).subscribed == {}
    sign_in(adapter(ig_sandbox, instagram_http), ig_sandbox)
    assert wallet(ig_sandbox).subscribed == {account_id(ig_sandbox): ("comments", "live_comments")}


def test_a_refused_subscription_is_no_obstacle(instagram, ig_sandbox):
    ig_sandbox.fault("graph_error", "subscribed_apps", code=10, status=403)
    assert sign_in(instagram, ig_sandbox).access


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"client_id": "another"}, ErrorKind.DENIED),
        ({"client_secret": "wrong"}, ErrorKind.DENIED),
    ],
)
def test_a_wrong_registration_is_the_operators(ig_sandbox, instagram_http, changed, kind):
    good = adapter(ig_sandbox, instagram_http)
    code = ig_sandbox.approve(good.authorize_url("s", "", REDIRECT))["code"]
    with pytest.raises(PlatformError) as caught:
        adapter(ig_sandbox, instagram_http, **changed).exchange(code, "", REDIRECT)
    assert caught.value.kind is kind


def test_a_code_works_once(instagram, ig_sandbox):
    code = ig_sandbox.approve(instagram.authorize_url("s", "", REDIRECT))["code"]
    instagram.exchange(code, "", REDIRECT)
    with pytest.raises(PlatformError) as caught:
        instagram.exchange(code, "", REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID
    assert caught.value.message == "This sign-in was already used or has expired. " + (
        "Start connecting again."
    )


def test_it_renews_after_a_day_and_not_before(instagram, ig_sandbox):
    tokens = sign_in(instagram, ig_sandbox)
    with pytest.raises(PlatformError) as caught:
        instagram.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED
    ig_sandbox.ctl("POST", "clock", advance_s=45 * 86_400)
    renewed = instagram.refresh(tokens.refresh)
    assert renewed.access != tokens.access
    assert Credential.unpack(renewed.access).user_id == account_id(ig_sandbox)
    assert instagram.fetch_account(renewed.access).id == account_id(ig_sandbox)


def test_a_token_that_has_ended_is_over(instagram, ig_sandbox):
    tokens = sign_in(instagram, ig_sandbox)
    ig_sandbox.ctl("POST", "clock", advance_s=61 * 86_400)
    with pytest.raises(PlatformError) as caught:
        instagram.fetch_account(tokens.access)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED
    with pytest.raises(PlatformError) as caught:
        instagram.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


def test_letting_go_ends_the_pushes(instagram, ig_sandbox, ig_access):
    instagram.revoke(ig_access)
    assert wallet(ig_sandbox).subscribed == {}
    ig_sandbox.ctl("POST", "tokens", op="revoke", platform=KIND)
    instagram.revoke(ig_access)  # what is over already is a success


def test_it_says_what_a_withheld_permission_costs(instagram, ig_sandbox):
    tokens = sign_in(instagram, ig_sandbox, grant=f"{BASIC},{COMMENTS}")
    assert instagram.missing_scopes(tokens.scopes) == ()
    assert instagram.missing_scopes((BASIC,)) == (COMMENTS,)
    granted = instagram.capabilities_for(tokens.scopes)
    assert granted[Cap.POST_METRICS].state == "needs_scope"
    assert granted[Cap.COMMENT_HIDE].state == "yes"


def test_every_no_has_a_reason(instagram):
    assert set(instagram.capabilities) == set(Cap)
    for support in instagram.capabilities.values():
        assert support.state == "yes" or support.reason.endswith(".")


# --- reading -------------------------------------------------------------------------------------


def test_it_keeps_the_id_that_webhooks_use(instagram, ig_access, ig_sandbox):
    account = instagram.fetch_account(ig_access)
    assert account.id == account_id(ig_sandbox)
    assert account.raw["id"] == scoped_id(account.id) != account.id
    assert (account.handle, account.url) == (
        "@milabuilds",
        "https://www.instagram.com/milabuilds/",
    )
    assert account.followers
    assert account.posts == len(post_ids(ig_sandbox))


def test_it_reads_posts_with_views_of_the_newest(instagram, ig_access, ig_sandbox):
    page = instagram.posts(ig_access, account_id(ig_sandbox))
    assert [post.id for post in page.items] == post_ids(ig_sandbox)
    assert page.exhausted
    first = page.items[0]
    assert first.title
    assert first.url.startswith("https://www.instagram.com/")
    assert first.thumbnail.endswith(".svg")
    assert first.comments == len(found(ig_sandbox, video=first.id, status="published", limit=999))
    assert [post.views is not None for post in page.items].count(True) == 12
    assert set(first.more) == {"reach", "saved", "shares"}
    assert len(ig_sandbox.requests("/insights")) == 12


def test_without_insights_there_are_posts_without_views(instagram, ig_sandbox):
    tokens = sign_in(instagram, ig_sandbox, grant=f"{BASIC},{COMMENTS}")
    page = instagram.posts(tokens.access, account_id(ig_sandbox))
    assert page.items
    assert {post.views for post in page.items} == {None}
    assert len(ig_sandbox.requests("/insights")) == 1


def test_it_goes_through_all_comments_of_a_post(instagram, ig_access, ig_sandbox):
    post_id = post_ids(ig_sandbox)[0]
    for number in range(130):
        comment(ig_sandbox, f"wave {number}", video=post_id)
    items = everything(instagram, ig_access, post_id)
    truth = found(ig_sandbox, video=post_id, limit=1000)
    assert {item.id for item in items} == {c["id"] for c in truth if c["status"] != "rejected"}
    texts = {item.id: item.text for item in items}
    assert all(texts[c["id"]] == c["text"] for c in truth if c["status"] != "rejected")
    assert all(item.id.isdigit() and item.post_id == post_id for item in items)
    assert all(item.permalink.startswith("https://www.instagram.com/p/") for item in items)


def test_it_reads_newest_first_fifty_at_a_time(instagram, ig_access, ig_sandbox):
    post_id = post_ids(ig_sandbox)[0]
    for number in range(70):
        comment(ig_sandbox, f"wave {number}", video=post_id)
    page = instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=post_id)
    tops = [item for item in page.items if item.parent_id is None]
    assert len(tops) == 50
    assert [t.created_at for t in tops] == sorted((t.created_at for t in tops), reverse=True)
    following = instagram.comments(
        ig_access, "", Bucket.PUBLISHED, page.next_cursor, post_id=post_id
    )
    assert not {item.id for item in following.items} & {item.id for item in page.items}


def test_it_names_threads_whose_replies_were_cut(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "a long talk")
    for number in range(60):
        comment(ig_sandbox, f"answer {number}", parent=top["id"])
    page = instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=top["video_id"])
    ref = next(ref for ref in page.incomplete if ref.parent_id == top["id"])
    assert ref.post_id == top["video_id"]
    assert ref.total is None  # Instagram does not say
    items = everything(instagram, ig_access, top["video_id"])
    answers = [item for item in items if item.parent_id == top["id"]]
    assert {item.text for item in answers} == {f"answer {n}" for n in range(60)}
    assert all(item.post_id == top["video_id"] and item.permalink for item in answers)


def test_no_token_stays_in_what_is_kept(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "a long talk")
    for number in range(30):
        comment(ig_sandbox, f"answer {number}", parent=top["id"])
    token = Credential.unpack(ig_access).token
    items = everything(instagram, ig_access, top["video_id"])
    posts = instagram.posts(ig_access, account_id(ig_sandbox)).items
    account = instagram.fetch_account(ig_access)
    for raw in [account.raw, *(item.raw for item in items), *(post.raw for post in posts)]:
        assert token not in repr(raw)
    assert token not in str(ig_sandbox.requests())


def test_hidden_comments_are_listed_as_held(instagram, ig_access, ig_sandbox):
    made = comment(ig_sandbox, "hidden", status="heldForReview")
    page = instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=made["video_id"])
    item = next(item for item in page.items if item.id == made["id"])
    assert item.visibility is Visibility.HELD
    assert not instagram.comments(ig_access, "", Bucket.HELD, post_id=made["video_id"]).items


def test_it_knows_its_own_words_by_name(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "a question")
    instagram.reply(ig_access, top["id"], "an answer")
    page = instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=top["video_id"])
    own = next(item for item in page.items if item.text == "an answer")
    assert own.is_own
    assert own.author_id == scoped_id(account_id(ig_sandbox))
    assert not next(item for item in page.items if item.id == top["id"]).is_own


def test_it_reads_text_as_text(instagram, ig_access, ig_sandbox):
    nasty = "<b onclick=x>& \u202eabc\u202c \u200bzero\nline {{ 7*7 }} 👩‍👩‍👧"
    made = comment(ig_sandbox, nasty, author="@<script>")
    page = instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=made["video_id"])
    item = next(item for item in page.items if item.id == made["id"])
    assert (item.text, item.author_name) == (nasty, "<script>")


def test_it_answers_what_still_exists_by_id(instagram, ig_access, ig_sandbox):
    kept, gone = comment(ig_sandbox, "stays"), comment(ig_sandbox, "goes")
    ig_sandbox.ctl("POST", "comments", op="delete", id=gone["id"], platform=KIND)
    states = instagram.comment_states(ig_access, [kept["id"], gone["id"], kept["id"]])
    assert states[gone["id"]] is None
    assert states[kept["id"]] is not None
    assert states[kept["id"]].visibility is Visibility.PUBLIC


def test_it_sees_nothing_of_other_accounts(instagram, ig_access, ig_sandbox):
    other = comment(ig_sandbox, "below another post", video=post_ids(ig_sandbox, "ines")[0])
    assert instagram.comment_states(ig_access, [other["id"]]) == {other["id"]: None}
    with pytest.raises(PlatformError) as caught:
        instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=other["video_id"])
    assert caught.value.kind is ErrorKind.NOT_FOUND


def test_it_answers_to_the_common_protocol(instagram):
    common: Platform = instagram
    assert (common.kind, common.comments_by, common.buckets) == (
        "instagram",
        "post",
        (Bucket.PUBLISHED,),
    )
    assert common.renew_ahead > timedelta(days=1)


def test_it_never_follows_an_address_out_of_an_answer():
    body = {"data": [], "paging": {"next": "https://evil.example/x?after=abc&limit=5"}}
    assert next_cursor(body) == "abc"
    assert next_cursor({"paging": {"cursors": {"after": "abc"}}}) is None


def test_an_end_is_where_nothing_follows(instagram, ig_access, ig_sandbox):
    pages = list(
        walk_pages(
            lambda c: instagram.comments(
                ig_access, "", Bucket.PUBLISHED, c, post_id=post_ids(ig_sandbox)[0]
            ),
            max_pages=50,
        )
    )
    assert pages[-1].exhausted
