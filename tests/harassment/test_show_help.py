"""A grave case shows whom to call, for the creator's country, calmly and without blocking."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import AuditEntry, User
from harassment.helplines import guessed_country, help_lines, needs_of, register
from harassment.models import Case, CreatorCountry, Incident
from harassment.queries.helplines import help_card
from integrations.models import SocialAccount
from tests.harassment.conftest import INSULT, THREAT

FRENCH = "Europe/Paris"


def numbers(country: str, *needs: str) -> list[str]:
    return [line.number for line in help_lines(country, needs)]


@pytest.fixture
def case(arrive) -> Case:
    """One threat."""
    arrive(THREAT, author_external_id="UCx")
    return Case.objects.get()


def url(case: Case, name: str = "help") -> str:
    return f"/harassment/cases/{case.code}/{name}/"


def page(client, case: Case) -> str:
    content: str = client.get(url(case), headers={"HX-Request": "true"}).content.decode()
    return content


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        (["self_harm"], ["3114", "112", "3018", "116 006"]),
        (["threat"], ["17", "112", "3018", "116 006"]),
        (["minor"], ["3018", "119", "116 006"]),
    ],
)
def test_france_has_the_lines_for_each_need(needs, expected):
    assert numbers("fr", *needs) == expected


def test_every_country_helps_with_every_need_and_says_where_it_read_it():
    known = register()
    assert known.reviewed < known.review < known.reviewed + timedelta(days=370)
    for country in known.countries.values():
        for need in ("self_harm", "threat", "minor"):
            assert numbers(country.code, need), (country.code, need)
        for line in country.lines:
            assert line.source
            assert line.en
            assert line.fr
            assert line.dial.isdigit()
            assert 2 <= len(line.dial) <= 12
    zones = [zone for country in known.countries.values() for zone in country.zones]
    assert len(zones) == len({*zones})


def test_the_country_is_guessed_from_the_time_zone_else_from_the_language():
    assert guessed_country("Europe/Brussels", "fr") == "be"
    assert guessed_country("America/Toronto", "fr") == "ca"
    assert guessed_country("UTC", "fr") == "fr"
    assert guessed_country("UTC", "en") == "eu"
    assert numbers("xx", "threat") == numbers("eu", "threat")


def test_what_is_needed_follows_from_what_was_observed():
    assert needs_of(["insult"], is_about_family=False) == frozenset()
    assert needs_of(["doxx", "insult"], is_about_family=False) == {"threat"}
    assert needs_of([], is_about_family=True) == {"minor"}


def test_a_grave_case_shows_the_lines_and_any_other_nothing(case, client_for, vera, bob, lumen):
    User.objects.filter(pk=vera.pk).update(timezone=FRENCH)
    shown = page(client_for(vera, lumen), case)
    assert 'href="tel:17"' in shown
    assert "3114" not in shown
    assert "guess" in shown
    assert "zorglub" not in shown
    Incident.objects.update(kinds=["insult"])
    assert 'id="case-help" hidden' in page(client_for(vera, lumen), case)
    assert "tel:" not in client_for(vera, lumen).get(url(case)).content.decode()


def test_a_dismissed_threat_shows_nothing(case, client_for, vera, lumen):
    Incident.objects.update(state=Incident.State.DISMISSED)
    assert "tel:" not in page(client_for(vera, lumen), case)


def test_the_case_page_loads_them_beside_and_hides_nothing(case, client_for, vera, lumen):
    whole = client_for(vera, lumen).get(f"/harassment/cases/{case.code}/").content.decode()
    assert f'hx-get="{url(case)}"' in whole
    assert "Flagged comments" in whole


def test_a_person_says_where_the_creator_lives(case, client_for, vera, bob, lumen):
    client = client_for(bob, lumen)
    assert client_for(vera, lumen).post(url(case, "country"), {"country": "ch"}).status_code == 403
    assert client.post(url(case, "country"), {"country": "xx"}).status_code == 400
    client.post(url(case, "country"), {"country": "ch"})
    client.post(url(case, "country"), {"country": "be"})
    assert CreatorCountry.objects.get().country == "be"
    assert AuditEntry.objects.filter(action="harassment.country.chosen").count() == 2
    shown = page(client, case)
    assert "Belgium" in shown
    assert "guess" not in shown


def test_the_creators_own_time_zone_counts_before_the_readers(case, bob, alice):
    with tenancy.public():
        User.objects.filter(pk=alice.pk).update(timezone="Europe/Zurich")
    SocialAccount.objects.update(owner_id=alice.pk)
    bob.timezone = FRENCH
    case = Case.objects.select_related("account").get()
    card = help_card(case, reader=bob, today=date(2026, 11, 21))
    assert card is not None
    assert (card.country, card.is_chosen, card.is_stale) == ("ch", False, False)
    later = help_card(case, reader=bob, today=date(2028, 1, 1))
    assert later is not None
    assert later.is_stale


def test_it_asks_the_same_number_of_questions_for_one_and_for_many(
    case, arrive, client_for, vera, lumen
):
    def asked() -> int:
        client = client_for(vera, lumen)
        page(client, case)
        with CaptureQueriesContext(connection) as queries:
            page(client, case)
        return len([q for q in queries if not q["sql"].startswith(("SET ", "SAVEPOINT"))])

    one = asked()
    for text in (THREAT, INSULT, THREAT, INSULT):
        arrive(text, author_external_id="UCx")
    assert asked() == one <= 8
