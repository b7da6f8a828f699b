"""A comment in a language that the model does not know is marked, and never called safe."""

import re

import pytest
from django.utils import translation

from harassment.detection.wording import (
    language_phrase,
    level_phrase,
    mood_phrase,
    trick_phrase,
    weight_phrase,
)
from harassment.models import Incident, ToxicityScore
from harassment.queries.figures import comment_figures
from harassment.services.scoring import score_comments
from tests.factories import make_comment
from tests.harassment.conftest import FOREIGN, INSULT

MARK = "Language not covered"


@pytest.fixture
def client(client_for, vera, lumen):
    """Vera's browser."""
    return client_for(vera, lumen)


def test_the_scores_say_what_the_model_said(arrive, classifier):
    classifier.evasion = 0.4
    score = arrive(FOREIGN).scores.get()
    assert (score.language, score.sentiment, score.evasion) == ("und", -0.7, 0.4)


def test_it_is_marked_wherever_the_comment_is_shown(arrive, client):
    comment = arrive(FOREIGN)
    row = client.get("/harassment/inbox/?view=all").content.decode()
    assert re.search(rf'id="comment-{comment.code}".*?{MARK}', row, re.DOTALL)
    page = client.get(f"/harassment/comments/{comment.code}/").content.decode()
    assert MARK in page
    assert "A person should read it." in page
    assert "Ordinary" not in page
    assert FOREIGN in page, "a person can only read it when it is there"


def test_a_flagged_one_is_marked_in_its_case(arrive, client, classifier):
    classifier.verdicts["zorglubforeign"] = (2, ["insult"])
    comment = arrive(FOREIGN)
    case = Incident.objects.get(comment=comment).case
    page = client.get(f"/harassment/cases/{case.code}/").content.decode()
    assert MARK in page
    assert FOREIGN not in page


def test_what_is_covered_carries_no_mark(arrive, client):
    for text in ("nice", INSULT):
        page = client.get(f"/harassment/comments/{arrive(text).code}/").content.decode()
        assert MARK not in page


def test_a_list_of_them_can_be_asked_for(arrive, client):
    comment = arrive(FOREIGN)
    arrive("nice")
    page = client.get("/harassment/inbox/?view=all&language=und").content.decode()
    assert re.findall(r'id="comment-([0-9a-f-]{36})"', page) == [str(comment.code)]
    assert f'<option value="und" selected>{MARK}</option>' in page


def test_it_does_not_count_as_ordinary(account, classifier, lumen, vera):
    ids = [make_comment(account, text).pk for text in ("nice", INSULT, FOREIGN, f"{FOREIGN} 2")]
    score_comments(comment_ids=ids)
    figures = comment_figures(vera.memberships.get(workspace=lumen))
    assert (figures.total, figures.judged, figures.abusive) == (4, 2, 1)
    assert figures.ordinary == 50


def test_everything_the_model_may_say_has_words():
    from typing import get_args

    from harassment.classifier.base import EVASION, LEVELS, Language
    from harassment.detection.tracing import Trick
    from harassment.models import EVASIVE_FROM, UNCOVERED

    tricks = [trick_phrase(trick) for trick in get_args(Trick)]
    assert len(set(tricks)) == len(tricks)
    assert trick_phrase("of tomorrow") not in tricks
    assert len({language_phrase(language) for language in get_args(Language)}) == 3
    assert len({level_phrase(level, "50 %") for level in (*LEVELS, "")}) == 4
    assert len({mood_phrase(mood) for mood in (-1, -0.4, 0, 0.4, 1)}) == 5
    assert len({weight_phrase(level) for level in (1, 2, 3)}) == 3
    assert (UNCOVERED, EVASIVE_FROM) == ("und", EVASION)
    with translation.override("fr"):
        assert "%" in level_phrase("alert", "50 %")


def test_the_shipped_model_knows_what_it_does_not_know(account):
    comment = make_comment(account, "Warum schreibst du das nicht auf Deutsch, mein Freund?")
    score_comments(comment_ids=[comment.pk])
    assert ToxicityScore.objects.get().language == "und"
