"""Those who read are protected: their own limit, a pause, quiet hours, and a colleague's eyes."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, LiveEvent, Membership, Role
from harassment.models import Incident, ReadRequest, Reveal, Wellbeing
from harassment.queries.readings import told
from harassment.services import readings
from tests.harassment.conftest import INSULT, THREAT

SECRET = "zorglub"
FACTS: dict[str, Any] = {"kinds": ["insult"], "target": "creator", "danger": "no", "need": "later"}


@pytest.fixture
def comment(arrive):
    return arrive(INSULT, author_external_id="UCx")


def reveal(client, comment, **data):
    return client.post(f"/harassment/comments/{comment.code}/reveal/", data)


def text(answer):
    return answer.content.decode()


def test_people_choose_their_own_limit(comment, client_for, bob, alice, lumen):
    client = client_for(bob, lumen)
    saved = client.post("/harassment/wellbeing/", {"daily_limit": "1", "rings_for_danger": "on"})
    assert saved.status_code == 302
    assert reveal(client, comment).status_code == 200
    asked = reveal(client, comment)
    assert asked.status_code == 422
    assert INSULT not in text(asked)
    assert "1 / 1" in text(client.get("/harassment/cases/"))
    assert "0 / 20" in text(client_for(alice, lumen).get("/harassment/cases/"))
    read = reveal(client, comment, why="mine")
    assert read.status_code == 200
    entries = AuditEntry.objects.filter(action="harassment.comment.revealed").order_by("pk")
    assert [entry.data.get("why") for entry in entries] == [None, "mine"]
    assert Reveal.objects.count() == entries.count() == 2


@pytest.mark.parametrize("why", ["", "1", "because", "x" * 5000])
def test_only_a_reason_of_the_list_counts(comment, client_for, bob, lumen, settings, why):
    settings.EXPOSURE_LIMIT = 0
    assert reveal(client_for(bob, lumen), comment, why=why).status_code == 422
    assert not Reveal.objects.exists()


def test_it_asks_for_a_pause_after_many_in_a_row(comment, client_for, bob, lumen, settings):
    settings.EXPOSURE_PACE = 3
    client = client_for(bob, lumen)
    for _ in range(3):
        assert reveal(client, comment).status_code == 200
    asked = reveal(client, comment)
    assert asked.status_code == 422
    assert "A pause until" in text(asked)
    Incident.objects.update(severity=4)
    assert reveal(client, comment).status_code == 200
    Incident.objects.update(severity=3)
    Reveal.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert reveal(client, comment).status_code == 200


@pytest.mark.parametrize(
    ("begin", "end", "hour", "expected"),
    [
        (time(22), time(7), 23, True),
        (time(22), time(7), 6, True),
        (time(22), time(7), 7, False),
        (time(12), time(14), 13, True),
        (time(12), time(14), 14, False),
        (None, None, 3, False),
    ],
)
def test_quiet_hours_may_span_midnight(bob, begin, end, hour, expected):
    bob.timezone = "Europe/Paris"
    moment = datetime(2026, 1, 10, hour, 0, tzinfo=UTC) - timedelta(hours=1)
    chosen = Wellbeing(user_id=bob.pk, quiet_from=begin, quiet_until=end)
    assert chosen.is_quiet(bob, moment) is expected


def test_the_page_knows_its_readers_quiet_hours(client_for, bob, alice, lumen):
    client = client_for(bob, lumen)
    data = {"daily_limit": "5", "quiet_from": "22:00", "quiet_until": "07:30"}
    assert client.post("/harassment/wellbeing/", data).status_code == 302
    page = text(client.get("/harassment/cases/"))
    assert 'data-quiet="22:00-07:30" data-danger="off"' in page
    assert "data-quiet" not in text(client_for(alice, lumen).get("/harassment/cases/"))


@pytest.mark.parametrize(
    "data",
    [
        {"daily_limit": "-1"},
        {"daily_limit": "201"},
        {"daily_limit": "many"},
        {"daily_limit": "5", "quiet_from": "22:00"},
        {"daily_limit": "5", "quiet_until": "22:00"},
        {"daily_limit": "5", "quiet_from": "22:00", "quiet_until": "22:00"},
        {"daily_limit": "5", "quiet_from": "25:00", "quiet_until": "22:00"},
    ],
)
def test_odd_limits_are_refused(client_for, bob, lumen, in_lumen, data):
    assert client_for(bob, lumen).post("/harassment/wellbeing/", data).status_code == 422
    assert not Wellbeing.objects.exists()


def test_danger_rings_by_a_name_of_its_own(arrive):
    arrive(INSULT, author_external_id="UCa")
    assert not LiveEvent.objects.filter(name="danger").exists()
    arrive(THREAT, author_external_id="UCb")
    assert LiveEvent.objects.filter(name="danger").exists()


def test_a_colleague_reads_and_tells_facts_only(comment, client_for, alice, bob, lumen):
    asker, reader = client_for(alice, lumen), client_for(bob, lumen)
    url = f"/harassment/comments/{comment.code}/ask/"
    page = text(asker.get(url))
    assert SECRET not in page
    assert "Bob (Moderator)" in page
    code = str(Membership.objects.get(user=bob, workspace=lumen).code)
    assert asker.post(url, {"reader": code}).status_code == 302
    request = ReadRequest.objects.get()
    answer_url = f"/harassment/readings/{request.code}/"
    assert "For Alice" in text(reader.get("/harassment/readings/"))
    assert SECRET not in text(reader.get(answer_url))
    assert reader.post(answer_url, {"danger": "no"}).status_code == 422
    assert reader.post(answer_url, FACTS).status_code == 302
    page = text(asker.get("/harassment/readings/"))
    assert "Insult; aimed at the creator; no danger; it can wait." in page
    assert SECRET not in page
    assert not Reveal.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="harassment.reading")
    assert sorted(actions.values_list("action", flat=True)) == [
        "harassment.reading.answered",
        "harassment.reading.asked",
    ]
    assert reader.post(answer_url, FACTS).status_code == 302
    assert actions.count() == 2


@pytest.mark.usefixtures("in_lumen")
def test_words_cannot_come_along(comment, alice, bob, lumen, client_for):
    reader = Membership.objects.get(user=bob, workspace=lumen)
    request = readings.ask_to_read(comment=comment, actor=alice, reader=reader)
    data = {**FACTS, "kinds": ["insult", SECRET], "note": SECRET}
    answer = client_for(bob, lumen).post(f"/harassment/readings/{request.code}/", data)
    assert answer.status_code == 422
    request.refresh_from_db()
    assert request.state == ReadRequest.State.ASKED
    request.kinds, request.target, request.danger, request.need = [], "nobody", "unsure", "now"
    assert told(request).startswith("Nothing abusive; aimed at nobody in particular; perhaps")


@pytest.mark.usefixtures("in_lumen")
def test_once_at_a_time_and_taken_back(comment, alice, bob, nina, lumen, client_for):
    first, second = (Membership.objects.get(user=who, workspace=lumen) for who in (bob, nina))
    request = readings.ask_to_read(comment=comment, actor=alice, reader=first)
    with pytest.raises(readings.ReadingError, match="already"):
        readings.ask_to_read(comment=comment, actor=alice, reader=second)
    with pytest.raises(readings.ReadingError, match="somebody else"):
        readings.ask_to_read(comment=comment, actor=bob, reader=first)
    with pytest.raises(readings.ReadingError, match="meanwhile"):
        readings.withdraw_reading(request=request, actor=nina)
    client_for(alice, lumen).post(f"/harassment/readings/{request.code}/withdraw/")
    with pytest.raises(readings.ReadingError, match="meanwhile"):
        readings.answer_reading(request=request, actor=bob, **FACTS)
    readings.ask_to_read(comment=comment, actor=alice, reader=second)


def test_who_may_not_see_it_is_not_asked(comment, client_for, alice, bob, vera, lumen):
    Membership.objects.filter(user=bob, workspace=lumen).update(role=Role.CREATOR)
    page = text(client_for(alice, lumen).get(f"/harassment/comments/{comment.code}/ask/"))
    assert "Bob" not in page  # a creator of other accounts
    assert "Vera" not in page  # an analyst reveals nothing
    code = Membership.objects.get(user=vera, workspace=lumen).code
    url = f"/harassment/comments/{comment.code}/ask/"
    assert client_for(alice, lumen).post(url, {"reader": str(code)}).status_code == 422
    assert client_for(bob, lumen).get(url).status_code == 404
    assert not ReadRequest.objects.exists()
