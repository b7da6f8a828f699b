"""How fast a wave came: columns of one length around it, drawn and as a table."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from harassment.models import Case, Dogpile
from harassment.queries.pace import Pace, pace_of_wave
from harassment.services.scoring import score_comments
from tests.factories import make_comment, make_post
from tests.harassment.conftest import INSULT


@pytest.fixture
def wave_of(account, classifier):
    """`wave_of(*(minutes after the beginning, text))`: the case of a wave of two hours."""

    def build(*said: tuple[float, str], hours: float = 2) -> Case:
        start = (timezone.now() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        case = Case.objects.create(
            number=901, account=account, author_external_id=f"{Case.WAVE}x", severity=3,
            last_incident_at=start,
        )  # fmt: skip
        end = start + timedelta(hours=hours)
        Dogpile.objects.create(
            account=account, case=case, started_at=start, hot_at=end, ended_at=end,
            state=Dogpile.State.OVER,
        )  # fmt: skip
        post = make_post(account)
        ids = [
            make_comment(
                account, f"{text} {n}", post=post, published_at=start + timedelta(minutes=after)
            ).pk
            for n, (after, text) in enumerate(said)
        ]
        score_comments(comment_ids=ids)
        return case

    return build


def pace_of(case: Case) -> Pace:
    pace = pace_of_wave(case)
    assert pace is not None
    return pace


def test_it_counts_all_and_the_flagged_ones_by_column(wave_of):
    pace = pace_of(wave_of((-60, "nice"), (-3, "nice"), (0.5, INSULT), (1, "nice"), (61, INSULT)))
    assert pace.minutes == 5  # 150 minutes in at most 60 columns
    told = [(slot.at.minute, slot.comments, slot.flagged) for slot in pace.slots if slot.comments]
    assert told == [(55, 1, 0), (0, 2, 1), (0, 1, 1)]  # an hour before it is not shown
    gaps = {after.at - slot.at for slot, after in zip(pace.slots, pace.slots[1:], strict=False)}
    assert gaps == {timedelta(minutes=5)}
    assert len(pace.drawing.columns) == len(pace.slots) <= 60
    assert (pace.busiest.comments, pace.busiest.flagged) == (2, 1)


@pytest.mark.parametrize(
    ("hours", "minutes"), [(0.1, 1), (0.4, 1), (1, 2), (4, 5), (12, 15), (23, 30), (40, 60)]
)
def test_columns_are_as_short_as_sixty_of_them_may_be(wave_of, hours, minutes):
    case = wave_of((0, "nice"), hours=hours)
    Dogpile.objects.update(
        started_at=timezone.now() - timedelta(hours=hours + 1),
        ended_at=timezone.now() - timedelta(hours=1),
    )
    pace = pace_of(case)
    assert pace.minutes == minutes
    assert len(pace.slots) <= 60


def test_of_a_wave_that_lasts_the_last_two_days_are_shown(wave_of):
    case = wave_of((0, "nice"))
    Dogpile.objects.update(started_at=timezone.now() - timedelta(days=9), ended_at=None)
    Dogpile.objects.update(hot_at=timezone.now())
    pace = pace_of(case)
    assert pace.minutes == 60
    assert pace.slots[-1].at - pace.slots[0].at <= timedelta(hours=48)
    assert sum(slot.comments for slot in pace.slots) == 1


def test_it_asks_two_questions_however_many_comments(wave_of):
    case = wave_of(*((n / 7, INSULT) for n in range(40)))
    with CaptureQueriesContext(connection) as asked:
        assert sum(slot.comments for slot in pace_of(case).slots) == 40
    assert len(asked) == 2


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_drawing_has_a_table_that_says_the_same(client_for, bob, lumen, wave_of, headers):
    case = wave_of((0, INSULT), (1, "nice"), (20, INSULT))
    page = client_for(bob, lumen).get(f"/harassment/cases/{case.code}/pace/", headers=headers)
    text = page.content.decode()
    assert page.status_code == 200
    assert INSULT not in text
    cells = re.findall(
        r'<th scope="row">[^<]+</th><td class="n">(\d+)</td><td class="n">(\d+)', text
    )
    assert cells == [("2", "1"), ("1", "1")]
    assert text.count('<rect class="col"') == text.count('<rect class="col d"') > 20
    heights = re.findall(
        r'class="col" x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"', text
    )
    assert max(map(float, heights)) > 0


def test_the_page_of_a_wave_loads_it_and_no_other(client_for, bob, lumen, wave_of, account):
    wave = wave_of((0, INSULT))
    other = Case.objects.create(
        number=902, account=account, author_external_id="UCx", severity=3,
        last_incident_at=timezone.now(),
    )  # fmt: skip
    client = client_for(bob, lumen)
    for case, is_there in ((wave, True), (other, False)):
        url = f"/harassment/cases/{case.code}/"
        assert (f'hx-get="{url}pace/"' in client.get(url).content.decode()) is is_there
    said = client.get(f"/harassment/cases/{other.code}/pace/").content.decode()
    assert "This case gathers no wave." in said
    assert "<rect" not in said


def test_a_stranger_to_the_account_finds_nothing(client_for, charlie, nova, wave_of):
    url = f"/harassment/cases/{wave_of((0, INSULT)).code}/pace/"
    assert client_for(charlie, nova).get(url).status_code == 404
