"""The rights desk, end to end: asking, proving the handle, answering in time, forgetting."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role
from harassment.models import (
    Case,
    Evidence,
    EvidenceContent,
    EvidenceErasure,
    Incident,
    RightsRequest,
)
from harassment.queries.answers import draft_answer
from harassment.queries.evidence import evidence_chain
from harassment.services.cases import resolve_case
from harassment.services.rights import months_after
from integrations.models import Comment
from integrations.platforms.base import RemoteComment, Visibility
from integrations.services.ingest import ingest_comments
from tests.factories import make_comment
from tests.harassment.conftest import INSULT, THREAT

ASKED = {"kind": "access", "platform": "youtube", "handle": "@Troll", "message": "what do you hold"}


@pytest.fixture
def anybody(client_for, in_lumen):
    """Somebody without an account; every browser from an address of its own."""
    numbers = iter(range(2, 250))

    def build():
        client = client_for(None, in_lumen)
        client.defaults["REMOTE_ADDR"] = f"192.0.2.{next(numbers)}"
        return client

    return build


@pytest.fixture
def lead(client_for, bob, lumen):
    """Bob as the safety lead."""
    Membership.objects.filter(user=bob).update(role=Role.SAFETY_LEAD)
    return client_for(bob, lumen)


@pytest.fixture
def held(account, arrive):
    """Two flagged comments and a harmless one by @troll, a case, evidence; and somebody else's."""
    author = {"author_external_id": "UCtroll", "author_handle": "@troll", "author_name": "Tro Ll"}
    made = [arrive(text, **author) for text in (THREAT, INSULT, "thanks @other and @troll")]
    arrive(INSULT, author_external_id="UCother", author_handle="@other")
    return made


def ask(browser, **data) -> str:
    answer = browser.post("/rights/", {**ASKED, **data})
    assert answer.status_code == 302, answer.content.decode()
    at: str = answer["Location"]
    return at


def plain(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def prove(account, at: str, browser, handle: str = "@TROLL") -> None:
    """They post the code as a comment, and it is read."""
    code = re.search(r"aura-\w{8}", browser.get(at).content.decode())
    assert code is not None
    make_comment(
        account, f"{code.group()}", author_external_id="UCtroll", author_handle=handle,
        published_at=timezone.now() + timedelta(seconds=1),
    )  # fmt: skip
    browser.post(f"{at}prove/")


def inside(asked: RightsRequest) -> str:
    return f"/harassment/requests/{asked.code}/"


def test_access_from_the_question_to_the_copy(anybody, lead, account, held):
    browser = anybody()
    assert "prove" not in browser.get("/rights/").content.decode()
    at = ask(browser)
    asked = RightsRequest.objects.get()
    assert asked.handle == "@Troll"
    assert asked.token_hash not in at
    assert asked.due_at == months_after(asked.received_at, 1)
    assert browser.get(f"{at}copy/").status_code == 404
    lead.post(f"{inside(asked)}answer/", {"outcome": "granted", "text": "here", "has_copy": "on"})
    asked.refresh_from_db()
    assert asked.is_open  # not without proof
    prove(account, at, browser)
    asked.refresh_from_db()
    assert (asked.proof, asked.author_external_id) == ("comment", "UCtroll")
    assert "R-0001" in plain(lead.get("/harassment/requests/"))
    page = lead.get(inside(asked))
    assert "We hold data on this handle." in plain(page)
    field = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.content.decode(), re.DOTALL)
    assert field is not None
    text = field.group(1)
    lead.post(f"{inside(asked)}answer/", {"outcome": "granted", "text": text, "has_copy": "on"})
    assert "We hold data on this handle." in plain(browser.get(at))
    answer = browser.get(f"{at}copy/")
    copy = json.loads(answer.content)
    texts = [one["text"] for one in copy["comments"]]
    assert texts[:3] == [THREAT, INSULT, "thanks @[…] and @troll"]
    assert copy["comments"][0]["flagged"]["severity"] == 4
    assert len(copy["cases"]) == 1
    assert len(copy["evidence"]) == 2
    whole = answer.content.decode()
    for nobody in ("Bob", "UCother", "@other", "Mila"):
        assert nobody not in whole.replace(account.display_name, "").replace(account.handle, "")
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    RightsRequest.objects.update(copy_until=timezone.now())
    assert browser.get(f"{at}copy/").status_code == 404
    actions = list(
        AuditEntry.objects.filter(target="R-0001").order_by("pk").values_list("action", flat=True)
    )
    assert actions == [f"harassment.request.{verb}" for verb in (
        "received", "proven", "answered", "copy-taken",
    )]  # fmt: skip


def test_the_public_page_is_no_oracle(anybody, held):
    pages = []
    for handle in ("@troll", "@nobody-of-that-name"):
        browser = anybody()
        at = ask(browser, handle=handle)
        proof = browser.post(f"{at}prove/", follow=True).content.decode()
        page = browser.get(at).content.decode() + proof
        asked = RightsRequest.objects.order_by("-number").first()
        assert asked is not None
        for own in (asked.proof_code, asked.label, handle, at):
            page = page.replace(own, "·")
        pages.append(re.sub(r'(name="csrfmiddlewaretoken" value=|nonce=)"[^"]+"', "", page))
    assert pages[0] == pages[1]


def test_an_address_is_a_secret_and_knocking_is_limited(anybody):
    browser = anybody()
    at = ask(browser)
    assert browser.get("/rights/guess/").status_code == 404
    assert browser.get("/rights/guess/copy/").status_code == 404
    assert browser.post("/rights/guess/prove/").status_code == 404
    for _ in range(4):
        ask(browser)
    assert browser.post("/rights/", ASKED).status_code == 429
    assert RightsRequest.objects.count() == 5
    ask(anybody())
    assert [browser.post(f"{at}prove/").status_code for _ in range(21)][-1] == 429


def test_nonsense_is_refused_and_kept(anybody):
    browser = anybody()
    for data in ({"handle": "@"}, {"platform": "myspace"}, {"kind": "x"}, {"message": "m" * 5000}):
        answer = browser.post("/rights/", {**ASKED, **data})
        assert answer.status_code in {422, 429}
    assert not RightsRequest.objects.exists()
    hostile = "<img src=x onerror=alert(1)> {{ 7|add:7 }} \u202e"
    at = ask(anybody(), handle=hostile, message=hostile)
    page = anybody().get(at).content.decode()
    assert "<img src=x" not in page


def test_the_code_counts_only_from_that_handle(anybody, account, held):
    browser = anybody()
    at = ask(browser)
    prove(account, at, browser, handle="@trollx")
    assert not RightsRequest.objects.get().is_proven
    prove(account, at, browser, handle="troll")
    assert RightsRequest.objects.get().is_proven


def test_a_person_may_see_the_code_on_the_profile(anybody, lead, account, held):
    ask(anybody())
    asked = RightsRequest.objects.get()
    make_comment(account, "hi", author_external_id="UCsecond", author_handle="troll")
    words = plain(lead.post(f"{inside(asked)}confirm/", follow=True))
    assert "Several people used this handle." in words
    Comment.objects.filter(author_external_id="UCsecond").delete()
    lead.post(f"{inside(asked)}confirm/")
    asked.refresh_from_db()
    assert (asked.proof, asked.author_external_id) == ("person", "UCtroll")
    assert asked.proven_by_label == "Bob"


def test_the_time_is_a_month_and_is_extended_once(anybody, lead):
    assert months_after(datetime(2027, 1, 31, tzinfo=UTC), 1) == datetime(2027, 2, 28, tzinfo=UTC)
    assert months_after(datetime(2026, 11, 30, tzinfo=UTC), 3) == datetime(2027, 2, 28, tzinfo=UTC)
    browser = anybody()
    at = ask(browser)
    asked = RightsRequest.objects.get()
    assert lead.post(f"{inside(asked)}extend/", {"reason": ""}).status_code == 422
    lead.post(f"{inside(asked)}extend/", {"reason": "many comments"})
    lead.post(f"{inside(asked)}extend/", {"reason": "again"})
    asked.refresh_from_db()
    assert asked.due_at == months_after(asked.received_at, 3)
    assert asked.extension_reason == "many comments"
    assert "many comments" in plain(browser.get(at))
    RightsRequest.objects.update(due_at=timezone.now() - timedelta(days=1), extension_reason="")
    assert "late since" in plain(lead.get("/harassment/requests/"))
    lead.post(f"{inside(asked)}extend/", {"reason": "too late"})
    asked.refresh_from_db()
    assert asked.extension_reason == ""


@pytest.mark.parametrize("how", ["anonymise", "erase"])
def test_forgetting_leaves_no_trace_and_a_valid_chain(how, anybody, lead, bob, account, held):
    browser = anybody()
    at = ask(browser, kind="erasure")
    asked = RightsRequest.objects.get()
    assert "not proven" in plain(
        lead.post(f"{inside(asked)}forget/", {"how": how, "sure": "1"}, follow=True)
    )
    prove(account, at, browser)
    case = Case.objects.get(author_external_id="UCtroll")
    words = plain(lead.post(f"{inside(asked)}forget/", {"how": how, "sure": "1"}, follow=True))
    assert "still open" in words
    assert Comment.objects.filter(author_external_id="UCtroll").count() == 4
    resolve_case(case=case, actor=bob)
    lead.post(f"{inside(asked)}forget/", {"how": how})  # the box is not ticked
    assert Comment.objects.filter(author_external_id="UCtroll").count() == 4
    before = list(Evidence.objects.order_by("pk").values_list("hash", flat=True))
    lead.post(f"{inside(asked)}forget/", {"how": how, "sure": "1"})
    assert not Comment.objects.filter(author_external_id="UCtroll").exists()
    assert not Case.objects.filter(author_external_id="UCtroll").exists()
    tables: list[Any] = [EvidenceContent, Comment, Case]  # no stubs for a field that varies
    left = " ".join(
        f"{text}"
        for model in tables
        for field in [f.name for f in model._meta.concrete_fields]
        for text in model.objects.annotate(as_text=Cast(field, TextField())).values_list(
            "as_text", flat=True
        )
    )
    for trace in ("UCtroll", '@troll"', "Tro Ll"):
        assert trace not in left.replace("and @troll", ""), trace
    assert ("zorglubthreat" in left) == (how == "anonymise")
    assert Comment.objects.get(author_external_id="UCother").text == INSULT
    assert EvidenceErasure.objects.count() == 2
    assert list(Evidence.objects.order_by("pk").values_list("hash", flat=True)) == before
    case.refresh_from_db()
    assert evidence_chain(case).check.is_intact
    assert Incident.objects.filter(case=case).count() == 2
    assert "R-0001" in AuditEntry.objects.get(action="harassment.request.forgotten").target


def test_what_was_erased_is_not_read_again(anybody, lead, bob, account, held):
    browser = anybody()
    at = ask(browser, kind="erasure")
    prove(account, at, browser)
    resolve_case(case=Case.objects.get(author_external_id="UCtroll"), actor=bob)
    lead.post(f"{inside(RightsRequest.objects.get())}forget/", {"how": "erase", "sure": "1"})
    gone = Comment.objects.get(pk=held[0].pk)
    ingest_comments(
        account=account,
        items=[
            RemoteComment(
                id=gone.external_id, post_id="", parent_id=None, author_id="UCtroll",
                author_handle="@troll", author_name="Tro Ll", author_avatar="", text=THREAT,
                created_at=gone.published_at, edited_at=None, like_count=3, reply_count=0,
                visibility=Visibility.PUBLIC, is_own=False, permalink="", raw={"x": "UCtroll"},
            )
        ],
        observed_at=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    gone.refresh_from_db()
    assert (gone.text, gone.author_handle, gone.raw) == ("", "", {})


def test_only_who_answers_for_rights_sees_the_queue(nova, nina, lumen, client_for, bob, anybody):
    ask(anybody())
    asked = RightsRequest.objects.get()
    assert client_for(bob, lumen).get(inside(asked)).status_code == 403
    assert client_for(nina, nova).get(inside(asked)).status_code == 404
    assert client_for(nina, lumen).get(inside(asked)).status_code == 200


def test_a_draft_speaks_the_language_of_the_request(anybody):
    ask(anybody())
    asked = RightsRequest.objects.get()
    asked.language = "fr"
    asked.received_at = datetime(2027, 1, 31, tzinfo=UTC)
    assert "31 janvier 2027" in draft_answer(asked, "unproven", is_nothing_held=True)
    asked.language = "en"
    draft = draft_answer(asked, "unproven", is_nothing_held=True)
    assert draft.startswith("Hello,")
    assert "Jan. 31, 2027" in draft
    assert "We hold nothing" in draft_answer(asked, "granted", is_nothing_held=True)


def test_its_pages_ask_little_and_no_more_for_more_rows(anybody, lead, account, held, arrive):
    ask(anybody())
    asked = RightsRequest.objects.get()
    found = []
    for number in (0, 8):
        for _ in range(number):
            ask(anybody())
            arrive(INSULT, author_external_id="UCtroll", author_handle="@troll")
        counts = []
        for path in ("/harassment/requests/", inside(asked)):
            lead.get(path)
            with CaptureQueriesContext(connection) as heard:
                assert lead.get(path).status_code == 200
            counts.append(len([q for q in heard if not q["sql"].startswith(("SET ", "SAVEPOINT"))]))
        found.append(counts)
    assert found[0] == found[1]
    assert max(found[0]) <= 8, found
