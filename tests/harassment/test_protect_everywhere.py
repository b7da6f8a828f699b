"""The main job on every platform, over HTTP: connect, hear, judge, hide, prove, bring back."""

from urllib.parse import urlsplit

import pytest

from accounts import tenancy
from harassment.models import Evidence, Incident, ToxicityScore
from integrations.models import Comment, ModerationAction, SocialAccount, SyncRun
from integrations.services.erasure import erase_account
from integrations.services.schedule import enqueue_sync
from tests.harassment.conftest import THREAT
from tests.integrations.conftest import key_ring, sandbox, sandbox_server  # noqa: F401

KINDS = {"youtube": "YouTube", "tiktok": "TikTok", "instagram": "Instagram"}
State = ModerationAction.State


@pytest.fixture(autouse=True)
def at_once(settings):
    """An action leaves without waiting for somebody to take it back."""
    settings.UNDO_SECONDS = 0


def connect(kind, platforms, client_for, alice, lumen):
    """What Alice's browser does, from the button to the page that says it worked."""
    inside, outside = client_for(alice, lumen), client_for(alice)
    asked = inside.post(f"/integrations/accounts/connect/{kind}/")
    assert asked.status_code == 302
    answer = platforms.approve(asked["Location"], "nox")
    with tenancy.public():
        back = outside.get(f"/oauth/{kind}/callback/", answer)
    assert back.status_code == 302, back.content
    page = inside.get(back["Location"].partition("8000")[2] or urlsplit(back["Location"]).path)
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_threat_is_heard_hidden_and_proven(
    kind, sandbox, classifier, client_for, alice, lumen, in_lumen, run_jobs  # noqa: F811
):  # fmt: skip
    page = connect(kind, sandbox, client_for, alice, lumen)
    assert KINDS[kind] in page
    run_jobs()
    account = SocialAccount.objects.get(platform=kind)
    assert SyncRun.objects.get(account=account).state == SyncRun.State.DONE
    heard = Comment.objects.filter(account=account)
    judged = ToxicityScore.objects.filter(comment__account=account)
    assert judged.count() == heard.filter(is_own=False).count() > 0

    made = sandbox.comment(THREAT, platform=kind, channel="nox", author="@a.bully")
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    threat = heard.get(external_id=made["id"])
    incident = Incident.objects.get(comment=threat)
    assert incident.severity == 4
    browser = client_for(alice, lumen)
    inbox = browser.get("/harassment/inbox/").content.decode()
    assert "a.bully" in inbox
    assert THREAT not in inbox  # masked until somebody asks

    assert browser.post(f"/harassment/comments/{threat.code}/hide/").status_code in {200, 302}
    for _ in range(3):
        run_jobs(later=True)
    action = ModerationAction.objects.get(comment=threat)
    assert action.sentence == f"Hidden, confirmed by {KINDS[kind]}"
    (remote,) = sandbox.found(platform=kind, id=threat.external_id)
    assert remote["status"] == "heldForReview"
    assert Evidence.objects.filter(comment=threat).exists()

    assert browser.post(f"/harassment/actions/{action.code}/undo/").status_code in {200, 302}
    for _ in range(3):
        run_jobs(later=True)
    back = ModerationAction.objects.latest("pk")
    assert (back.verb, back.state) == ("publish", State.CONFIRMED)
    (remote,) = sandbox.found(platform=kind, id=threat.external_id)
    assert remote["status"] == "published"


def test_sealed_evidence_outlives_a_wish_to_be_forgotten(key_ring, arrive, account):  # noqa: F811
    threat, kind_word = arrive(THREAT), arrive("Lovely video")
    assert Evidence.objects.filter(comment=threat).exists()
    done = erase_account(account=account)
    assert (done.deleted, done.kept) == (1, 1)
    assert list(Comment.objects.all()) == [threat]
    assert not Comment.objects.filter(pk=kind_word.pk).exists()
    assert Incident.objects.get(comment=threat).severity == 4
    account.refresh_from_db()
    assert (account.status, account.display_name) == ("disconnected", "Mila Builds")
    assert account.access_token_enc == ""
