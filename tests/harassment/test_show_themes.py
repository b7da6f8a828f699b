"""A wave by theme: kinds of harm counted by comment and by person, drawn and as a table."""

import re
from datetime import timedelta
from random import choices
from string import ascii_lowercase

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from harassment.charts import bars
from harassment.models import Case, Incident
from harassment.queries.themes import themes_of_case
from harassment.services.scoring import score_comments
from tests.factories import make_comment, make_post
from tests.harassment.conftest import HATE, INSULT, THREAT


@pytest.fixture
def of_one(account, classifier):
    """`of_one(text, ...)`: the one case that those comments, each (text, author), are in."""

    def build(*said: tuple[str, str]) -> Case:
        post = make_post(account)
        ids = [
            make_comment(account, f"{text} {n}", post=post, author_external_id=author).pk
            for n, (text, author) in enumerate(said)
        ]
        score_comments(comment_ids=ids)
        case = Case.objects.order_by("pk")[0]
        Incident.objects.update(case=case)
        return case

    return build


SAID = (
    (THREAT, "UC1"), (HATE, "UC1"), (HATE, "UC2"), (HATE, "UC2"), (INSULT, "UC2"), (INSULT, "UC3"),
)  # fmt: skip


def test_it_counts_comments_and_people_by_theme(of_one):
    case = of_one(*SAID)
    with translation.override("en"):
        rows = [(row.name, row.first, row.second) for row in themes_of_case(case).rows]
    # HATE is an insult as well: it counts for both.
    assert rows == [("Insult", 5, 3), ("Attack on who they are", 3, 2), ("Threat", 1, 1)]
    with translation.override("fr"):
        assert themes_of_case(case).rows[0].name == "Insulte"


def test_what_no_theme_names_is_counted_too(of_one):
    case = of_one(*SAID)
    Incident.objects.filter(kinds=["insult"]).update(kinds=[])
    with translation.override("en"):
        found = {row.name: (row.first, row.second) for row in themes_of_case(case).rows}
    assert found["Hostile remark"] == (2, 2)


def test_bars_share_one_scale_that_begins_at_nothing():
    drawn = bars([("a", 4, 2), ("b", 1, 0)])
    widths = [(float(row.first_width), float(row.second_width)) for row in drawn.rows]
    assert widths[0][0] == 2 * widths[0][1] == 4 * widths[1][0]
    assert widths[1][1] == 0
    with translation.override("fr"):
        assert "," not in bars([("a", 3, 1)]).rows[0].second_width
    assert bars([]).rows == ()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_drawing_has_a_table_that_says_the_same(client_for, bob, lumen, of_one, headers):
    case = of_one(*SAID)
    page = client_for(bob, lumen).get(f"/harassment/cases/{case.code}/themes/", headers=headers)
    text = page.content.decode()
    assert "zorglub" not in text
    cells = re.findall(
        r'<th scope="row">([^<]+)</th><td class="n">(\d+)</td><td class="n">(\d+)', text
    )
    assert cells == [
        ("Insult", "5", "3"), ("Attack on who they are", "3", "2"), ("Threat", "1", "1"),
    ]  # fmt: skip
    assert text.count('<rect class="col"') == text.count('<rect class="col d"') == 3


def test_it_asks_one_question_however_many_comments(of_one):
    case = of_one(*SAID)
    with CaptureQueriesContext(connection) as asked:
        themes_of_case(case)
    assert len(asked) == 1


def test_an_ordinary_case_does_not_lead_to_it(client_for, bob, lumen, of_one):
    url = f"/harassment/cases/{of_one(*SAID).code}/"
    assert f"{url}themes/" not in client_for(bob, lumen).get(url).content.decode()


def test_the_page_of_a_wave_loads_it(client_for, bob, lumen, account, classifier):
    post, start = make_post(account), timezone.now() - timedelta(minutes=5)
    texts = ("".join(choices(f"{ascii_lowercase}      ", k=60)) for _ in range(40))
    wave = [
        make_comment(
            account, f"{INSULT} {text}", post=post, published_at=start + timedelta(seconds=n)
        ).pk
        for n, text in enumerate(texts)
    ]
    score_comments(comment_ids=wave)
    case = Case.objects.open().get()
    assert case.is_wave
    url = f"/harassment/cases/{case.code}/"
    assert f'hx-get="{url}themes/"' in client_for(bob, lumen).get(url).content.decode()


def test_a_stranger_to_the_account_finds_nothing(client_for, charlie, nova, of_one):
    case = of_one(*SAID)
    assert (
        client_for(charlie, nova).get(f"/harassment/cases/{case.code}/themes/").status_code == 404
    )
