"""A comment that a file brought keeps its case, score and proof when the platform tells of it."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from harassment.models import Alert, Case, Evidence, Incident, ToxicityScore
from integrations.models import Comment, SocialAccount
from integrations.platforms.base import RemoteComment, Visibility
from integrations.services.ingest import ingest_comments
from tests.factories import make_account
from tests.harassment.conftest import INSULT


@pytest.fixture
def brought(arrive: Callable[..., Comment]) -> Comment:
    """An insult from a file, judged and gathered."""
    holder = make_account(external_id="import", is_import=True, handle="", display_name="Import")
    return arrive(
        INSULT, account=holder, source=Comment.Source.IMPORT, external_id="UgwA",
        author_external_id="@x", author_handle="x",
    )  # fmt: skip


def told(comment: Comment) -> RemoteComment:
    """The same, as YouTube tells it."""
    return RemoteComment(
        id="UgwA", post_id="v1", parent_id=None, author_id="UCx", author_handle="@X",
        author_name="X", author_avatar="", text=comment.text, created_at=comment.published_at,
        edited_at=None, like_count=0, reply_count=0, visibility=Visibility.PUBLIC, is_own=False,
        permalink="https://v.example/?lc=UgwA", raw={"id": "UgwA"},
    )  # fmt: skip


def test_all_that_hangs_on_it_stays_and_it_can_be_hidden_now(
    brought, account, bob, lumen, client_for, run_jobs
):
    pages = [
        f"/harassment/comments/{brought.code}/",
        f"/harassment/cases/{Case.objects.get().code}/",
    ]
    client = client_for(bob, lumen)
    before = client.get(pages[0]).content.decode()
    assert "The platform has not confirmed it." in before
    assert f"{pages[0]}hide/" not in before
    counts = (1, 1, Alert.objects.count())
    sealed = list(Evidence.objects.values_list("pk", "hash"))

    ingest_comments(account=account, items=[told(brought)], observed_at=timezone.now())
    run_jobs()

    comment = Comment.objects.get()
    assert (comment.pk, comment.account) == (brought.pk, account)
    assert list(Evidence.objects.values_list("pk", "hash")) == sealed
    assert (Incident.objects.count(), Case.objects.count(), Alert.objects.count()) == counts
    assert Incident.objects.get().comment == comment
    assert ToxicityScore.objects.filter(is_current=True).count() == 1
    for page in (*pages, "/harassment/inbox/?view=all", "/harassment/cases/"):
        assert client.get(page).status_code == 200
    after = client.get(pages[0]).content.decode()
    assert f"{pages[0]}hide/" in after
    assert INSULT not in after


def confirm(comment: Comment, account: SocialAccount) -> None:
    """The platform tells of it."""
    ingest_comments(account=account, items=[told(comment)], observed_at=timezone.now())


def test_what_its_author_writes_next_joins_its_case(brought, account, arrive):
    confirm(brought, account)
    (case,) = Case.objects.all()
    later = arrive(INSULT, author_external_id="UCx", author_handle="@X")
    assert later.incident.case == case
    case.refresh_from_db()
    assert (case.account, case.author_external_id) == (account, "UCx")
    assert AuditEntry.objects.filter(action="harassment.case.followed").count() == 1


@pytest.mark.parametrize("why", ["another author", "not all confirmed", "a case of their own"])
def test_a_case_stays_where_it_is_in_doubt(brought, account, arrive, why):
    (case,) = Case.objects.all()
    if why == "not all confirmed":
        arrive(
            f"{INSULT}!", account=brought.account, source=Comment.Source.IMPORT,
            author_external_id="@x",
        )  # fmt: skip
    if why == "a case of their own":
        arrive(INSULT, author_external_id="UCx")
    confirm(brought, account)
    later = arrive(INSULT, author_external_id="UCy" if why == "another author" else "UCx")
    assert later.incident.case != case
    case.refresh_from_db()
    assert (case.account, case.author_external_id) == (brought.account, "@x")
