"""No page, fragment, answer or frame shows a masked word to anybody who did not ask for it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from accounts import live, tenancy
from accounts.models import AuditEntry, Job, LiveEvent, User, Workspace
from harassment.models import Explanation, Incident, Reveal, ToxicityScore
from integrations.models import Comment, CommentRevision
from tests.house.test_url_table import ROLES, TABLE, _ask, _url, things

__all__ = ["things"]  # the fixture

CANARY = "qwzzk vile frobnicator"
REVEALS = {"harassment:comment-reveal", "harassment:comment-reason-reveal"}
"""What a person presses to read it; what else they do is looked at in harassment's own tests."""
PROOF = {"harassment:export-download", "harassment:report-document"}
"""Files that a person asked for and takes away: proof is worth nothing masked."""
HTMX = {"HX-Request": "true"}


@pytest.fixture
def abuse(things: dict[str, Any], lumen: Workspace) -> dict[str, Any]:
    """Everything in lumen, its comment abusive, with every trace of words it can have."""
    with tenancy.enter(lumen):
        comment = Comment.objects.get(code=things["comment"])
        Comment.objects.filter(pk=comment.pk).update(
            text=CANARY, text_norm=CANARY, raw={"text": CANARY}, author_external_id="UCx"
        )
        CommentRevision.objects.create(
            comment=comment, text=f"{CANARY} before", text_hash="x", seen_until=comment.published_at
        )
        score = ToxicityScore.objects.create(
            comment=comment, text_hash=comment.text_hash, model_version="m", language="en",
            severity=3, toxicity=0.97, labels={"toxicity": 0.97, "insult": 0.95}, kinds=["insult"],
        )  # fmt: skip
        Explanation.objects.create(
            score=score, head="insult", probability=0.95, threshold=0.9, level="review",
            words=[[0, 5, 1.0]],
        )  # fmt: skip
        Incident.objects.update(kinds=["insult"])
    return things


def _spoken(answer: Any) -> str:
    """All that left the server, and all that its templates were given."""
    layers = [layer for part in answer.context or [] for layer in getattr(part, "dicts", [part])]
    given = [value for layer in layers for name, value in layer.items() if name != "request"]
    content = answer.getvalue() if answer.streaming else answer.content
    return "\n".join([content.decode("utf-8", "replace"), str(answer.headers), repr(given)])


@pytest.mark.parametrize("person", sorted(ROLES))
def test_no_role_meets_a_masked_word(
    person: str, abuse: dict[str, Any], lumen: Workspace, client_for: Callable[..., Client],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    user: User = request.getfixturevalue(person)
    client = client_for(user, lumen)
    met, looked = [], 0
    for name, (method, _grant) in sorted(TABLE.items()):
        if name in REVEALS | PROOF:
            continue
        before = transaction.savepoint()
        answers = [_ask(client, name, abuse)]
        if method == "GET":
            answers.append(client.get(_url(name, abuse), headers=HTMX))
        transaction.savepoint_rollback(before)
        looked += len(answers)
        met += [name for answer in answers if "frobnicator" in _spoken(answer)]
    assert not met, person
    assert looked > len(TABLE)
    with tenancy.enter(lumen):
        assert not Reveal.objects.exists()


def test_jobs_frames_entries_and_mails_hold_no_words(
    abuse: dict[str, Any], bob: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    client = client_for(bob, lumen)
    for name, (method, _grant) in sorted(TABLE.items()):
        if method == "POST" and name.startswith("harassment:"):
            with transaction.atomic():
                _ask(client, name, abuse)
    with tenancy.public():
        rows = [
            *Job.objects.values_list("payload", "key", "error"),
            *AuditEntry.objects.values_list("data", "target"),
            *LiveEvent.objects.values_list("name"),
        ]
    assert rows
    assert "frobnicator" not in repr(rows)
    assert "frobnicator" not in repr([vars(one) for one in mail.outbox])
    with tenancy.public():
        assert set(LiveEvent.objects.values_list("name", flat=True)) <= live.NAMES


def test_what_a_person_asks_for_leaves_one_row_each(
    abuse: dict[str, Any], bob: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    client = client_for(bob, lumen)
    for count, name in enumerate(sorted(REVEALS), start=1):
        _ask(client, name, abuse)
        with tenancy.enter(lumen):
            assert Reveal.objects.count() == count
        with tenancy.public():
            revealed = AuditEntry.objects.filter(action="harassment.comment.revealed")
            assert revealed.count() == count
