"""Why a comment was flagged: figures for every reader, words only for who may read them."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import outbox
from accounts.models import AuditEntry, Job, LiveEvent, Membership, Role
from harassment import classifier as seam
from harassment.models import Explanation, Reveal, ToxicityScore
from harassment.queries.reasons import comment_reason
from harassment.services.explanations import ask_for_explanation, explain_comment
from harassment.services.scoring import score_comments
from tests.factories import make_comment
from tests.harassment.conftest import FOREIGN, INSULT, ROUGH, THREAT
from tests.harassment.test_reveal_comment import CANARY, spoken
from tests.harassment.test_score_comments import edit
from tests.harassment.test_show_hostile import PAYLOADS, _Inert

HTMX = {"HX-Request": "true"}
POLL = re.compile(r'hx-trigger="live:inbox from:body, every \d+s"')


def why(comment) -> str:
    return f"/harassment/comments/{comment.code}/why/"


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


@pytest.fixture
def explained(arrive, run_jobs):
    """`explained(text)`: a comment whose judgement is explained."""

    def build(text):
        comment = arrive(text)
        ask_for_explanation(comment=comment)
        run_jobs()
        return comment

    return build


def test_it_is_explained_by_the_scoring_worker_once(arrive, run_jobs, classifier):
    comment = arrive(THREAT)
    assert ask_for_explanation(comment=comment)
    assert not ask_for_explanation(comment=comment)
    job = Job.objects.get(name="harassment.explain_comment")
    assert (job.queue, job.payload) == ("score", {"comment_id": comment.pk})
    run_jobs()
    found = Explanation.objects.get(score=comment.scores.get())
    assert (found.head, found.level, found.threshold) == ("toxicity", "hide", 0.62)
    assert found.words == [[0, len("zorglubthreat"), 0.9]]
    assert CANARY not in repr(Explanation.objects.values().get())
    pokes = LiveEvent.objects.count()
    explain_comment(comment_id=comment.pk)
    assert not ask_for_explanation(comment=comment)
    assert (Explanation.objects.count(), LiveEvent.objects.count()) == (1, pokes)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_look_asks_for_nothing_and_the_button_does(arrive, client, run_jobs, headers):
    comment = arrive(THREAT)
    page = client.get(why(comment), headers=headers).content.decode()
    assert f'action="{why(comment)}explain/"' in page
    assert 'hx-trigger="load, submit"' in page
    assert not Job.objects.filter(name="harassment.explain_comment").exists()
    answer = client.post(f"{why(comment)}explain/", headers=headers)
    assert answer.status_code == (200 if headers else 302)
    page = client.get(why(comment), headers=headers).content.decode()
    assert POLL.search(page)
    assert "finding out" in page
    run_jobs()
    page = client.get(why(comment), headers=headers).content.decode()
    assert not POLL.search(page)
    assert "<strong>Hostility: 97 %.</strong>" in page
    assert "From 62 % on it is grave enough to be hidden." in page


def test_it_shows_figures_and_no_words_behind_the_mask(explained, client_for, lumen, request):
    comment = explained(THREAT)
    for who in ("alice", "bob", "vera"):
        client = client_for(request.getfixturevalue(who), lumen)
        for headers in ({}, HTMX):
            answer = client.get(why(comment), headers=headers)
            assert CANARY not in spoken(answer)
            page = answer.content.decode()
            assert "Hostility: 97 %." in page
            assert "<td>Threat</td>" in page
            assert "Very hostile or sad" in page
            assert "stub-1" in page
            assert ("why/reveal/" in page) == (who != "vera")


def test_the_person_who_reveals_it_sees_the_words(explained, client, client_for, alice, bob, lumen):
    comment = explained(f"{THREAT} <b>tonight</b>")
    answer = client.post(f"{why(comment)}reveal/", headers=HTMX)
    page = answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert '<mark class="w3">zorglubthreat</mark> will find you &lt;b&gt;tonight' in page
    assert "As the model read it:" in page
    assert Reveal.objects.get().user_id == bob.pk
    assert AuditEntry.objects.filter(action="harassment.comment.revealed").count() == 1
    assert CANARY in client.get(why(comment), headers=HTMX).content.decode()
    assert Reveal.objects.count() == 1, "the same reading is not counted twice"
    assert CANARY not in client_for(alice, lumen).get(why(comment)).content.decode()


def test_a_reveal_holds_for_one_reading_of_one_wording(explained, client, settings, classifier):
    comment = explained(THREAT)
    client.post(f"/harassment/comments/{comment.code}/reveal/", headers=HTMX)
    assert CANARY in client.get(why(comment)).content.decode()
    long_ago = timezone.now() - timedelta(seconds=settings.REVEAL_SECONDS + 1)
    reveal = Reveal.objects.filter(pk=Reveal.objects.get().pk)
    reveal.update(at=long_ago)
    assert CANARY not in client.get(why(comment)).content.decode()
    reveal.update(at=timezone.now())
    edit(comment, f"{INSULT} now")
    score_comments(comment_ids=[comment.pk])
    explain_comment(comment_id=comment.pk)
    assert CANARY not in spoken(client.get(why(comment)))


def test_it_asks_to_stop_when_the_day_is_full(explained, client, settings):
    settings.EXPOSURE_LIMIT = 0
    comment = explained(THREAT)
    asked = client.post(f"{why(comment)}reveal/", headers=HTMX)
    assert asked.status_code == 422
    assert "Read anyway" in asked.content.decode()
    assert CANARY not in spoken(asked)
    assert not Reveal.objects.exists()
    read = client.post(f"{why(comment)}reveal/", {"why": "alone"}, headers=HTMX)
    assert CANARY in read.content.decode()


def test_harmless_words_are_marked_for_everybody(explained, client_for, vera, lumen):
    comment = explained(ROUGH)
    page = client_for(vera, lumen).get(why(comment)).content.decode()
    assert 'meh <mark class="w3">zorglubrough</mark> video' in page
    assert "How it was judged" in page
    assert not Reveal.objects.exists()


def test_a_comment_of_somebody_elses_account_does_not_exist(explained, client_for, vera, lumen):
    comment = explained(THREAT)
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    client = client_for(vera, lumen)
    assert client.get(why(comment)).status_code == 404
    assert client.post(f"{why(comment)}explain/").status_code == 404
    assert client.post(f"{why(comment)}reveal/").status_code == 404


def test_what_is_not_judged_has_no_reason_yet(client, account):
    fresh, own = make_comment(account, THREAT), make_comment(account, "hi", is_own=True)
    for comment, words in ((fresh, "not judged yet"), (own, "wrote it itself")):
        answer = client.get(why(comment), headers=HTMX)
        assert words in answer.content.decode()
        assert CANARY not in spoken(answer)
        client.post(f"{why(comment)}explain/", headers=HTMX)
    assert not Job.objects.exists()


def test_a_model_that_does_not_answer_is_said_and_waited_for(
    arrive, client, run_jobs, classifier, monkeypatch
):
    comment = arrive(THREAT)
    client.post(f"{why(comment)}explain/", headers=HTMX)

    def missing(*_):
        raise seam.ModelUnavailable("The model file is damaged.")

    with monkeypatch.context() as patch:
        patch.setattr("harassment.classifier.explain", missing)
        run_jobs()
    page = client.get(why(comment), headers=HTMX).content.decode()
    assert "The model does not answer at the moment." in page
    assert "damaged" not in page
    assert POLL.search(page)
    run_jobs(later=True)
    assert "Hostility: 97 %." in client.get(why(comment), headers=HTMX).content.decode()


def test_a_job_that_was_given_up_is_said_and_can_be_asked_for_again(arrive, client, run_jobs):
    comment = arrive(THREAT)
    client.post(f"{why(comment)}explain/", headers=HTMX)
    Job.objects.filter(name="harassment.explain_comment").update(state=Job.State.DEAD)
    page = client.get(why(comment), headers=HTMX).content.decode()
    assert "could not be explained" in page
    assert "hx-trigger" not in page
    client.post(f"{why(comment)}explain/", headers=HTMX)
    run_jobs()
    assert "Hostility: 97 %." in client.get(why(comment), headers=HTMX).content.decode()


def test_an_older_models_score_is_judged_again_first(arrive, classifier, client):
    comment = arrive(INSULT)
    classifier.version = "stub-2"
    explain_comment(comment_id=comment.pk)
    assert Explanation.objects.get().score == comment.scores.get(is_current=True)
    assert comment.scores.get(is_current=True).model_version == "stub-2"
    page = client.get(why(comment)).content.decode()
    assert "Judged 2 times" in page
    assert '<td class="mono">stub-1</td>' in page
    assert "earlier wording" not in page


def test_an_earlier_wordings_score_is_told_apart(arrive, classifier, client):
    comment = arrive(INSULT)
    edit(comment, THREAT)
    score_comments(comment_ids=[comment.pk])
    page = client.get(why(comment)).content.decode()
    assert "Judged 2 times" in page
    assert "(earlier wording)" in page


def test_a_comment_that_is_gone_is_nothing_to_explain(account, classifier, run_jobs, in_lumen):
    outbox.enqueue("harassment.explain_comment", comment_id=10**9)
    run_jobs()
    assert Job.objects.get().state == Job.State.DONE
    assert not Explanation.objects.exists()


def test_nothing_is_kept_when_the_end_of_the_job_fails(arrive, monkeypatch):
    comment = arrive(THREAT)
    monkeypatch.setattr("accounts.live.poke", lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        explain_comment(comment_id=comment.pk)
    assert not Explanation.objects.exists()


def test_a_disguise_that_mattered_is_said(arrive, explained, classifier, client):
    classifier.evasion = 0.41
    comment = explained(THREAT)
    page = client.get(why(comment)).content.decode()
    assert "Its disguise makes it look 41 points milder" in page
    assert "Undone before reading: letters replaced by digits or signs." in page
    assert "Disguised" in client.get(f"/harassment/comments/{comment.code}/").content.decode()
    classifier.evasion = 0.2
    page = client.get(why(arrive(INSULT))).content.decode()
    assert "Its disguise" not in page


def test_a_language_that_is_not_covered_is_never_called_safe(explained, client):
    comment = explained(FOREIGN)
    page = client.get(why(comment)).content.decode()
    assert "Language not covered: a person should read it" in page
    assert FOREIGN.replace("zorglubforeign", '<mark class="w3">zorglubforeign</mark>') in page


def test_pages_lead_to_it(arrive, client):
    comment = arrive(THREAT)
    case = comment.incident.case
    for path in (f"/harassment/comments/{comment.code}/", f"/harassment/cases/{case.code}/"):
        page = client.get(path).content.decode()
        assert "Why was this flagged?" in page
        assert f'href="{why(comment)}"' in page
        assert f'id="why-{comment.code}"' in page


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_it_renders_inert(account, classifier, client, payload):
    comments = [make_comment(account, t) for t in (payload, f"{payload[:15_000]} {THREAT}")]
    score_comments(comment_ids=[comment.pk for comment in comments])
    for comment in comments:
        explain_comment(comment_id=comment.pk)
        for answer in (
            client.get(why(comment)),
            client.post(f"{why(comment)}reveal/", headers=HTMX),
        ):
            html = answer.content.decode()
            assert answer.status_code == 200
            _Inert().feed(html)
            assert "<script>window.evil" not in html
            assert len(html) < 150_000


def test_words_outside_the_text_are_not_marked(explained, client, bob, lumen):
    comment = explained(ROUGH)
    Explanation.objects.update(words=[[-3, 2, 0.9], [4, 7, 0.9], [5, 9, 0.9], [0, 10**6, 0.9]])
    reason = comment_reason(Membership.objects.get(user=bob, workspace=lumen), bob, comment.code)
    assert reason.ground
    assert "".join(piece.text for piece in reason.ground.pieces) == ROUGH
    assert [piece.level for piece in reason.ground.pieces] == [0, 3, 0]


def test_it_asks_the_database_little(explained, arrive, client):
    asked_for = explained(THREAT)
    waiting = arrive(INSULT)
    ask_for_explanation(comment=waiting)
    for comment in (asked_for, waiting, arrive("nice")):
        ToxicityScore.objects.bulk_create(
            ToxicityScore(
                comment=comment, text_hash=comment.text_hash, model_version=f"old-{n}", labels={},
                toxicity=0.1, severity=0, language="en", is_current=False,
            )
            for n in range(30)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            client.get(why(comment), headers=HTMX)
        own = [q for q in queries if not q["sql"].startswith(("SET ", "SAVEPOINT"))]
        assert len(own) <= 3 + 4  # session, user, membership; then the fragment's own


def test_the_shipped_model_explains_a_threat(account, client):
    comment = make_comment(account, "Nice shelf. I kn0w where you live and I will kill you tonight")
    score_comments(comment_ids=[comment.pk])
    explain_comment(comment_id=comment.pk)
    found = Explanation.objects.get()
    words = {comment.text[start:end] for start, end, _ in found.words}
    assert any("kill" in word for word in words)
    assert found.level == "hide"
    assert found.probability >= found.threshold
    page = client.post(f"{why(comment)}reveal/", headers=HTMX).content.decode()
    assert re.search(r'<mark class="w\d">[^<]*kill', page)
