"""Acting on a comment: sent once, read back, honest about what became of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Job
from integrations.models import Comment, ModerationAction, SocialAccount
from integrations.services import delivery
from integrations.services.moderation import ModerationError, request_action, undo_action
from tests.factories import make_account, make_comment

State = ModerationAction.State
MODERATE = "setModerationStatus"
INSERT = r"/comments(\?|$)"


@pytest.fixture
def comment(synced, sandbox) -> Comment:
    return Comment.objects.filter(
        visibility=Comment.Visibility.PUBLIC, parent_external_id="", is_own=False
    ).latest("pk")


@pytest.fixture
def act(comment, bob, run_jobs):
    """`act("hide")`: ask, let the jobs run; the action as it is then."""

    def run(verb: str, *, on: Comment | None = None, text: str = "", later: int = 0):
        target = on or comment
        action = request_action(comment=target, verb=verb, actor=bob, reply_text=text)
        run_jobs()
        for _ in range(later):
            run_jobs(later=True)
        return ModerationAction.objects.select_related("comment__account").get(pk=action.pk)

    return run


def remote(sandbox, comment):
    return sandbox.found(id=comment.external_id)[0]["status"]


def sent(sandbox, path: str) -> int:
    return len(sandbox.requests(path, "POST"))


def replies(sandbox, comment, text: str) -> int:
    found = sandbox.found(video=comment.post.external_id, text=text, limit=500)
    return sum(item["parent_id"] == comment.external_id for item in found)


@pytest.mark.parametrize(
    ("verb", "status", "visibility", "sentence"),
    [
        ("hide", "heldForReview", "held", "Hidden, confirmed by YouTube"),
        ("reject", "rejected", "rejected", "Rejected, confirmed by YouTube"),
    ],
)
def test_it_acts_and_proves_it(act, comment, sandbox, heard, verb, status, visibility, sentence):
    action = act(verb)
    assert (action.state, action.sentence) == (State.CONFIRMED, sentence)
    assert remote(sandbox, comment) == status
    comment.refresh_from_db()
    assert comment.visibility == visibility
    assert heard[-1] == {"action_id": action.pk}
    assert sent(sandbox, MODERATE) == 1
    names = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"integrations.action.requested", "integrations.action.confirmed"} <= names


def test_undo_brings_it_back(act, comment, sandbox, bob, run_jobs):
    first = act("hide")
    comment.refresh_from_db()
    action = undo_action(action=first, actor=bob)
    run_jobs()
    action.refresh_from_db()
    assert (action.verb, action.undoes, action.state) == ("publish", first, State.CONFIRMED)
    assert action.sentence == "Published, confirmed by YouTube"
    assert remote(sandbox, comment) == "published"
    comment.refresh_from_db()
    assert comment.visibility == "public"


def test_a_reply_is_sent_and_found(act, comment, sandbox):
    action = act("reply", text="  Thank you.  ")
    assert (action.state, action.sentence) == (State.CONFIRMED, "Reply sent, confirmed by YouTube")
    assert action.remote_id
    assert replies(sandbox, comment, "Thank you.") == 1


def test_a_reply_to_a_reply_goes_to_the_thread(act, synced, sandbox, run_jobs):
    inner = Comment.objects.exclude(parent_external_id="").filter(visibility="public").latest("pk")
    action = act("reply", on=inner, text="Hello both")
    assert action.state == State.CONFIRMED
    found = sandbox.found(id=action.remote_id)[0]
    assert found["parent_id"] == inner.parent_external_id


def test_a_later_reading_does_not_undo_the_act(act, comment, synced, run_jobs):
    from integrations.services.schedule import enqueue_sync

    act("hide")
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    comment.refresh_from_db()
    assert comment.visibility == "held"


def test_the_platforms_refusal_is_told_in_words(act, comment, sandbox, heard):
    sandbox.fault("commentNotFound", MODERATE)
    action = act("hide")
    assert action.state == State.REFUSED
    assert action.sentence == "Not done. YouTube no longer has this."
    comment.refresh_from_db()
    assert comment.visibility == "deleted"
    assert heard[-1] == {"action_id": action.pk}


def test_an_act_that_does_not_show_is_unconfirmed(act, comment, sandbox):
    sandbox.fault("write_ignored", MODERATE)
    action = act("hide", later=6)
    assert action.state == State.UNCONFIRMED
    assert action.sentence == "YouTube accepted it, but does not show it."
    comment.refresh_from_db()
    assert comment.visibility == "public"


def test_a_confirmation_that_takes_its_time_is_waited_for(act, comment, sandbox, run_jobs):
    sandbox.fault("write_ignored", MODERATE)
    action = act("hide")
    assert action.state == State.SENT
    assert action.sentence == "Sent, waiting for YouTube to show it"
    wait = Job.objects.get(name="integrations.read_back").run_at - timezone.now()
    assert wait < timedelta(seconds=3)
    sandbox.memory.world.comments[comment.external_id].status = "heldForReview"
    run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.CONFIRMED


@pytest.mark.parametrize("fault", ["write_unknown_outcome", "lost_response"])
def test_an_unknown_outcome_of_a_hide_is_looked_up(act, comment, sandbox, fault):
    sandbox.fault(fault, MODERATE)
    action = act("hide", later=2)
    assert action.state == State.CONFIRMED
    assert sent(sandbox, MODERATE) == 1


def test_a_hide_that_was_lost_on_the_way_is_sent_again(act, comment, sandbox):
    sandbox.fault("status:500", MODERATE)
    action = act("hide", later=2)
    assert action.state == State.CONFIRMED
    assert sent(sandbox, MODERATE) == 2


@pytest.mark.parametrize("fault", ["write_unknown_outcome", "lost_response", "truncated_json"])
def test_a_reply_is_never_sent_twice(act, comment, sandbox, fault):
    sandbox.fault(fault, INSERT, method="POST")
    action = act("reply", text="Only once", later=8)
    assert action.state == State.CONFIRMED
    assert replies(sandbox, comment, "Only once") == 1
    assert sent(sandbox, INSERT) == 1


def test_a_reply_that_cannot_be_found_is_left_to_the_person(act, comment, sandbox):
    sandbox.fault("status:500", INSERT, method="POST")
    action = act("reply", text="Lost", later=8)
    assert action.state == State.UNCONFIRMED
    assert "before you send it again" in action.sentence
    assert sent(sandbox, INSERT) == 1


class Killed(BaseException):
    """kill -9."""


@pytest.mark.parametrize(("verb", "path"), [("hide", MODERATE), ("reply", INSERT)])
def test_a_kill_after_sending_repeats_nothing(
    comment, bob, sandbox, run_jobs, monkeypatch, verb, path
):
    action = request_action(comment=comment, verb=verb, actor=bob, reply_text="Once")
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_accepted", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            delivery.perform_action(action_code=str(action.code))
    run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.CONFIRMED
    assert sent(sandbox, path) == 1


def test_jobs_are_safe_to_run_twice(act, sandbox):
    action = act("hide")
    for _ in range(2):
        delivery.perform_action(action_code=str(action.code))
        delivery.read_back(action_code=str(action.code))
    assert sent(sandbox, MODERATE) == 1
    delivery.perform_action(action_code="6f1c2f6e-0000-4000-8000-000000000000")


def test_it_waits_for_the_quota(act, comment, sandbox, run_jobs, synced):
    sandbox.fault("quotaExceeded", MODERATE)
    action = act("hide")
    assert (action.state, action.sent_at) == (State.REQUESTED, None)
    job = Job.objects.get(name="integrations.perform_action")
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
    synced.refresh_from_db()
    assert synced.status == SocialAccount.Status.QUOTA
    run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.CONFIRMED


def test_a_platform_that_stays_away_ends_the_action(act, sandbox, settings):
    settings.PLATFORM_BASE_URLS = {
        **sandbox.base_urls,
        "youtube": "http://127.0.0.1:9/youtube/v3",
    }
    settings.PLATFORM_ALLOWED_HOSTS = [*sandbox.allowed, "127.0.0.1:9"]
    action = act("hide", later=8)
    assert action.state == State.REFUSED
    assert "Nothing was changed there" in action.sentence


def test_a_revoked_grant_ends_the_action_and_asks_for_a_reconnect(act, sandbox, synced):
    sandbox.ctl("POST", "tokens", op="revoke")
    action = act("hide")
    assert action.state == State.REFUSED
    synced.refresh_from_db()
    assert synced.status == SocialAccount.Status.RECONNECT


def test_one_action_at_a_time(comment, bob, synced):
    request_action(comment=comment, verb="hide", actor=bob)
    with pytest.raises(ModerationError, match="still under way"):
        request_action(comment=comment, verb="reject", actor=bob)
    assert Job.objects.filter(name="integrations.perform_action").count() == 1


@pytest.mark.parametrize(
    ("account", "fields", "verb", "words"),
    [
        ({"is_import": True}, {}, "hide", "imported from a file"),
        ({"platform": "myspace"}, {}, "hide", "does not let Aura"),
        ({"scopes_granted": []}, {}, "hide", "permission for this is missing"),
        ({"access_token_enc": ""}, {}, "hide", "not connected to YouTube"),
        ({"status": "reconnect"}, {}, "hide", "not connected to YouTube"),
        ({}, {"visibility": "rejected"}, "publish", "no longer shows"),
        ({}, {"visibility": "deleted"}, "hide", "no longer shows"),
        ({}, {"visibility": "held"}, "hide", "already is"),
        ({}, {}, "publish", "already is"),
        ({}, {}, "reply", "1 to 10000"),
    ],
)
def test_it_says_why_it_cannot(in_lumen, bob, sandbox, account, fields, verb, words):
    scope = "https://www.googleapis.com/auth/youtube.force-ssl"
    held = make_account(**{"access_token_enc": "x", "scopes_granted": [scope], **account})
    with pytest.raises(ModerationError, match=words):
        request_action(comment=make_comment(held, **fields), verb=verb, actor=bob)
    assert not ModerationAction.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("verb", "state", "before", "words"),
    [
        ("reject", State.CONFIRMED, "public", "does not bring back"),
        ("reply", State.CONFIRMED, "public", "Delete it on YouTube"),
        ("hide", State.REFUSED, "public", "nothing to undo"),
        ("hide", State.CONFIRMED, "spam", "likely spam"),
    ],
)
def test_what_has_no_reverse_says_so(in_lumen, bob, verb, state, before, words):
    action = ModerationAction.objects.create(
        comment=make_comment(make_account()),
        verb=verb,
        state=state,
        visibility_before=before,
        actor_label="Bob",
    )
    with pytest.raises(ModerationError, match=words):
        undo_action(action=action, actor=bob)
