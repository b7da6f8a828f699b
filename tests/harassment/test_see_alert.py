"""Alerts ring without words, for everybody, once; seen is what a person has seen."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import LiveEvent, Membership, Role
from harassment.models import Alert
from tests.harassment.conftest import HATE, INSULT, THREAT

HTMX = {"HX-Request": "true"}
LIST, SEEN = "/harassment/alerts/", "/harassment/alerts/seen/"


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_says_what_happened_in_neutral_words(client, arrive, headers):
    comment = arrive(THREAT)
    page = client.get(LIST, headers=headers).content.decode()
    assert ">Threat</a>" in page
    assert "waiting for a person" in page
    assert f"/harassment/cases/{comment.incident.case.code}/" in page
    assert "zorglub" not in page


def test_the_bell_comes_with_the_list(client, arrive):
    arrive(THREAT)
    page = client.get(LIST, headers=HTMX).content.decode()
    assert re.search(r'id="bell"[^>]*data-unread="1"[^>]*hx-swap-oob="true"', page)


def test_seen_are_those_that_were_on_the_page(client, arrive, bob):
    arrive(THREAT)
    page = client.get(LIST, headers=HTMX).content.decode()
    codes = re.findall(r'name="code" value="([^"]+)"', page)
    arrive(HATE)
    newest = LiveEvent.objects.order_by("-pk")[0].pk
    answer = client.post(SEEN, {"code": [*codes, "x", str(uuid4())]}, headers=HTMX)
    assert 'data-unread="1"' in answer.content.decode()
    assert Alert.objects.get(seen_at__isnull=False).seen_by_id == bob.pk
    pokes = LiveEvent.objects.filter(pk__gt=newest).values_list("name", flat=True)
    assert list(pokes) == ["inbox"], "it must not ring again"


def test_unseen_ones_come_first(client, arrive):
    past = timezone.now() - timedelta(days=7)  # today it would be a wave, which rings once
    arrive(THREAT, published_at=past)
    client.post(SEEN, {"code": [str(Alert.objects.get().code)]})
    arrive(HATE, published_at=past)
    arrive(THREAT, published_at=past)
    page = client.get(LIST, headers=HTMX).content.decode()
    order = re.findall(r'<li class="alert( seen)?"', page)
    assert order == ["", "", " seen"]


def test_an_empty_list_says_what_will_be_here(client, in_lumen):
    assert "No alert yet" in client.get(LIST, headers=HTMX).content.decode()


def test_an_insult_rings_unless_the_setting_asks_for_more(client, arrive, settings):
    settings.ALERT_SEVERITY = 3
    arrive(INSULT)
    assert "No alert yet" in client.get(LIST).content.decode()
    settings.ALERT_SEVERITY = 2
    arrive(INSULT)
    assert ">Insult</a>" in client.get(LIST).content.decode()


def test_who_only_views_cannot_mark_them(client_for, vera, lumen, arrive):
    arrive(THREAT)
    client = client_for(vera, lumen)
    assert client.post(SEEN, {"code": [str(Alert.objects.get().code)]}).status_code == 403
    assert "Mark as seen" not in client.get(LIST).content.decode()


def test_a_creator_hears_of_their_own_accounts(client_for, vera, lumen, arrive, account):
    arrive(THREAT)
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    client = client_for(vera, lumen)
    assert "No alert yet" in client.get(LIST).content.decode()
    client.post(SEEN, {"code": [str(Alert.objects.get().code)]})
    assert Alert.objects.filter(seen_at=None).exists()
    account.owner_id = vera.pk
    account.save(update_fields=["owner_id"])
    assert "Threat" in client.get(LIST).content.decode()


def test_a_get_marks_nothing(client, arrive):
    arrive(THREAT)
    assert client.get(SEEN).status_code == 405
