"""A classifier that says what a test tells it to, and comments that went through it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User, Workspace
from harassment.classifier.base import Explanation, Language, Recalibration, Score, Word
from integrations.models import Comment, SocialAccount
from integrations.signals import comments_ingested
from tests.factories import make_account, make_comment, make_post

# Canary words: a page that shows one of them without being asked has broken its promise.
THREAT = "zorglubthreat will find you"
INSULT = "zorglubinsult you are"
HATE = "zorglubhate go home"
ROUGH = "meh zorglubrough video"
FOREIGN = "zorglubforeign vallimat"

JUDGEMENTS: dict[str, tuple[int, list[str]]] = {
    "zorglubthreat": (4, ["threat"]),
    "zorglubhate": (3, ["identity_attack", "insult"]),
    "zorglubinsult": (2, ["insult"]),
    "zorglubrough": (1, []),
}


class StubClassifier:
    """Judges by the canary word in a text; counts how often it was asked."""

    def __init__(self) -> None:
        self.version = "stub-1"
        self.verdicts = dict(JUDGEMENTS)  # a test may change its mind
        self.evasion = 0.0
        self.calls: list[list[str]] = []

    def score(
        self, texts: Sequence[str], recalibration: Recalibration | None = None
    ) -> list[Score]:
        """One score a text."""
        self.calls.append(list(texts))
        return [self._judge(text) for text in texts]

    def explain(self, text: str, recalibration: Recalibration | None = None) -> Explanation:
        """All of it rests on the canary word."""
        score = self._judge(text)
        start = text.find("zorglub")
        end = start + len(text[start:].split()[0]) if start >= 0 else 0
        head = max(score.labels, key=lambda name: score.labels[name])
        level = (None, "review", "alert", "alert", "hide")[score.severity]
        return Explanation(
            score=score,
            head=head,
            probability=score.labels[head],
            threshold=0.62,
            level=level,  # type: ignore[arg-type]
            plain=text,
            words=[Word(start, end, 0.9)] if end else [],
            tricks=["leet"] if self.evasion else [],
        )

    def _judge(self, text: str) -> Score:
        severity, kinds = next(
            (verdict for word, verdict in self.verdicts.items() if word in text), (0, [])
        )
        top = (0.01, 0.35, 0.75, 0.9, 0.97)[severity]
        labels = {
            "toxicity": top,
            "severe_toxicity": 0.0,
            "obscene": 0.0,
            "threat": top if "threat" in kinds else 0.0,
            "insult": top if "insult" in kinds else 0.0,
            "identity_attack": top if "identity_attack" in kinds else 0.0,
            "sexual_explicit": 0.0,
        }
        language: Language = "und" if "zorglubforeign" in text else "en"
        return Score(
            labels, language, severity, kinds, self.version, sentiment=-0.7, evasion=self.evasion
        )


@pytest.fixture
def classifier(monkeypatch: pytest.MonkeyPatch) -> StubClassifier:
    """The seam, with the stub behind it."""
    stub = StubClassifier()
    monkeypatch.setattr("harassment.classifier.score", stub.score)
    monkeypatch.setattr("harassment.classifier.explain", stub.explain)
    monkeypatch.setattr("harassment.classifier.version", lambda: stub.version)
    return stub


@pytest.fixture
def account(in_lumen: Workspace) -> SocialAccount:
    """A connected YouTube account of lumen; its token is never read by this room."""
    return make_account(
        display_name="Mila Builds",
        access_token_enc="sealed",
        scopes_granted=["https://www.googleapis.com/auth/youtube.force-ssl"],
    )


@pytest.fixture
def arrive(
    account: SocialAccount, classifier: StubClassifier, run_jobs: Callable[..., int]
) -> Callable[..., Comment]:
    """`arrive(text, **fields)`: a comment that was heard, judged and gathered."""

    def build(text: str, **fields: Any) -> Comment:
        owner = fields.pop("account", account)
        fields.setdefault("post", make_post(owner))
        comment = make_comment(owner, text, **fields)
        comments_ingested.send(sender=Comment, comment_ids=[comment.pk], edited_ids=[])
        run_jobs()
        return Comment.objects.get(pk=comment.pk)

    return build


@pytest.fixture
def client_for(client_for: Callable[..., Client]) -> Callable[..., Client]:
    """As everywhere, but a request leaves the test's own code in the workspace it was in."""

    def build(user: User | None, workspace: Workspace | None = None) -> Client:
        client = client_for(user, workspace)
        send = client.request

        def request(**environ: Any) -> Any:
            before = connection.tenant  # type: ignore[attr-defined]
            try:
                return send(**environ)
            finally:
                connection.set_tenant(before)  # type: ignore[attr-defined]

        client.request = request  # type: ignore[method-assign]
        return client

    return build
