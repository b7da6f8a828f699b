"""A case from its first page to its end: notes, assignee, hiding, decision, reopening."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role
from harassment.charts import trajectory
from harassment.models import Case, CaseEvent, Incident
from harassment.queries import cases as queries
from harassment.services import cases as services
from harassment.services.scoring import score_comments
from integrations.models import Comment, ModerationAction
from tests.factories import make_comment
from tests.harassment.conftest import HATE, INSULT, THREAT

HTMX = {"HX-Request": "true"}


@pytest.fixture
def case(account, classifier) -> Case:
    """Three flagged comments and a harmless one by one author."""
    now = timezone.now()
    texts = ["nice", INSULT, HATE, THREAT]
    ids = [
        make_comment(
            account,
            text,
            author_external_id="UCx",
            author_handle="@north.gable",
            published_at=now - timedelta(days=10 - number),
        ).pk
        for number, text in enumerate(texts)
    ]
    score_comments(comment_ids=ids)
    return Case.objects.get()


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


def url(case: Case, part: str = "") -> str:
    return f"/harassment/cases/{case.code}/{part}"


def plain(response) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_its_page_counts_in_neutral_words(client, case):
    page = plain(client.get(url(case)))
    assert "Threat and attack on who they are, 3 comments" in page
    assert "This author has written 4 comments here" in page
    assert "1 threat, 1 attack on who they are, 2 insults" in page
    assert "3 still wait for a decision" in page
    assert "@north.gable" in page


def test_its_title_names_nobody(client, case):
    page = client.get(url(case)).content.decode()
    assert "<title>AUR-0001 · Lumen · Aura</title>" in page


def test_the_list_puts_the_gravest_first_and_pages(client, account, classifier, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    past = timezone.now() - timedelta(days=7)  # today it would be a wave, and one case
    texts = (INSULT, THREAT, HATE, INSULT, THREAT)
    ids = [make_comment(account, text, published_at=past).pk for text in texts]
    score_comments(comment_ids=ids)
    seen, path = [], "/harassment/cases/"
    while path:
        page = client.get(path).content.decode()
        seen += re.findall(r"AUR-\d{4}", page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    by_number = dict(Case.objects.values_list("number", "severity"))
    severities = [by_number[int(label[4:])] for label in seen]
    assert len(set(seen)) == len(seen) == 5
    assert severities == [4, 4, 3, 2, 2]


@pytest.mark.parametrize("after", ["x", "4_2026", "4_2026-01-01_2", "_" * 9, "9" * 400])
def test_a_strange_page_address_gives_the_first_page(client, case, after):
    answer = client.get(f"/harassment/cases/?after={after}")
    assert "AUR-0001" in answer.content.decode()


def test_its_comments_come_in_stretches(client, case, account, classifier, monkeypatch):
    monkeypatch.setattr(queries, "INCIDENTS_SHOWN", 2)
    first = client.get(url(case)).content.decode()
    after = re.search(r"\?after=([0-9a-f-]{36})", first)
    assert after
    second = client.get(url(case) + f"?after={after[1]}").content.decode()
    found = [re.findall(r'id="incident-([0-9a-f-]{36})"', page) for page in (first, second)]
    assert [len(codes) for codes in found] == [2, 1]
    assert not set(found[0]) & set(found[1])
    assert client.get(url(case) + "?after=x").status_code == 200


def test_the_trajectory_is_drawn_and_told(client, case):
    page = client.get(url(case, "trajectory/"), headers=HTMX).content.decode()
    assert page.count("<circle") == 4
    assert page.count('class="pt on"') == 3
    assert page.count("<tr>") == 5
    assert "0.97" in page


def test_the_trajectory_speaks_the_same_in_french(client, case, bob):
    bob.language = "fr"
    bob.save(update_fields=["language"])
    page = client.get(url(case, "trajectory/"), headers=HTMX).content.decode()
    assert re.findall(r'cx="([^"]+)"', page)[0] == "40.0"


def test_a_drawing_needs_two_points_and_survives_equal_times():
    now = timezone.now()
    assert trajectory([(now, 0.5, 2, True)]) is None
    same = trajectory([(now, 0.5, 2, True), (now, 2.0, 4, True), (now, -1.0, 0, False)])
    assert same is not None
    assert [dot.x for dot in same.dots] == ["40.0", "394.0", "748.0"]
    assert [dot.y for dot in same.dots] == ["100.0", "16.0", "184.0"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_note_joins_the_timeline(client, case, headers):
    answer = client.post(url(case, "note/"), {"text": "<b>Mila</b> was called."}, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    page = client.get(url(case, "timeline/"), headers=HTMX).content.decode()
    assert "Note by Bob" in page
    assert "&lt;b&gt;Mila&lt;/b&gt; was called." in page
    case.refresh_from_db()
    assert case.status == Case.Status.INVESTIGATING


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("text", ["", "  ", "x" * 10_001])
def test_a_note_that_cannot_be_kept_is_not_lost(client, case, text, headers):
    answer = client.post(url(case, "note/"), {"text": text}, headers=headers)
    assert answer.status_code == 422
    assert text.strip() in answer.content.decode()
    assert not CaseEvent.objects.filter(kind=CaseEvent.Kind.NOTE).exists()


def test_it_is_given_to_somebody_who_may_work_on_it(client, case, lumen, bob, vera):
    Membership.objects.filter(user=vera).update(expires_at=timezone.now())
    form = client.get(url(case, "assign/"), headers=HTMX).content.decode()
    assert re.findall(r">([A-Z][a-z]+)</option>", form) == ["Nobody", "Alice", "Bob", "Nina"]
    me = Membership.objects.get(user=bob, workspace=lumen)
    client.post(url(case, "assign/"), {"member": str(me.code)})
    client.post(url(case, "assign/"), {"member": str(me.code)})
    case.refresh_from_db()
    assert (case.assignee_id, case.assignee_label) == (bob.pk, "Bob")
    assert CaseEvent.objects.filter(kind=CaseEvent.Kind.ASSIGNED).count() == 1
    client.post(url(case, "assign/"), {"member": ""})
    case.refresh_from_db()
    assert (case.assignee_id, case.assignee_label) == (None, "")
    for nobody in ("00000000-0000-4000-8000-000000000000", "x"):
        assert client.post(url(case, "assign/"), {"member": nobody}).status_code == 422


def test_hiding_the_rest_asks_for_each_comment(client, case, monkeypatch):
    held = Comment.objects.get(text=HATE)
    Comment.objects.filter(pk=held.pk).update(visibility="held")
    page = client.get(url(case)).content.decode()
    assert "Hide 2 remaining" in page
    client.post(url(case, "hide/"))
    hidden = set(ModerationAction.objects.values_list("comment__text", flat=True))
    assert hidden == {INSULT, THREAT}
    assert "Hide 2 remaining" not in client.get(url(case)).content.decode()


def test_a_refused_comment_does_not_stop_the_others(client, case, account):
    account.access_token_enc = ""
    account.save(update_fields=["access_token_enc"])
    page = client.post(url(case, "hide/"), follow=True).content.decode()
    assert "Connect the account again" in page
    assert not ModerationAction.objects.exists()


def test_resolving_closes_what_waits(client, case, bob):
    client.post(url(case, "resolve/"))
    case.refresh_from_db()
    assert (case.status, case.is_open) == (Case.Status.RESOLVED, False)
    assert set(Incident.objects.values_list("state", "decided_by_label")) == {("acted", "Bob")}
    assert AuditEntry.objects.get(action="harassment.case.resolved").target == "AUR-0001"
    page = client.post(url(case, "resolve/"), follow=True).content.decode()
    assert "AUR-0001 is closed already." in page
    assert "AUR-0001" in client.get("/harassment/cases/?tab=closed").content.decode()
    assert "AUR-0001" not in client.get("/harassment/cases/").content.decode()


def test_dismissing_needs_a_reason_and_keeps_the_proof(client, case):
    assert client.post(url(case, "dismiss/"), {"reason": " "}).status_code == 422
    client.post(url(case, "dismiss/"), {"reason": "A running joke"})
    case.refresh_from_db()
    assert (case.status, case.dismissal_reason) == (Case.Status.DISMISSED, "A running joke")
    assert set(Incident.objects.values_list("state", flat=True)) == {"dismissed"}
    assert case.evidence.count() == 3
    page = client.get(url(case)).content.decode()
    assert "A running joke" in page
    assert "Reopen the case" in page


def test_reopening_is_possible_while_there_is_no_newer_case(client, case, arrive):
    client.post(url(case, "resolve/"))
    client.post(url(case, "reopen/"))
    case.refresh_from_db()
    assert (case.status, case.closed_at) == (Case.Status.INVESTIGATING, None)
    client.post(url(case, "resolve/"))
    arrive(INSULT, author_external_id="UCx")
    page = client.post(url(case, "reopen/"), follow=True).content.decode()
    assert "newer open case, AUR-0002" in page
    case.refresh_from_db()
    assert not case.is_open


def test_the_timeline_tells_who_did_what(client, case, bob, alice):
    services.assign_case(case=case, assignee=None, actor=bob)
    services.add_note(case=case, text="Called Mila.", actor=alice)
    services.resolve_case(case=case, actor=bob)
    words = plain(client.get(url(case, "timeline/"), headers=HTMX))
    for line in ("Case resolved by Bob", "Note by Alice Called Mila.", "Sealed as #1 to #3"):
        assert line in words
    assert "3 abusive comments 1 threat, 1 attack on who they are, 2 insults" in words


@pytest.mark.parametrize("verb", ["note", "hide", "resolve", "reopen", "assign", "dismiss"])
def test_who_only_views_changes_nothing(client_for, vera, lumen, case, verb):
    client = client_for(vera, lumen)
    assert client.post(url(case, f"{verb}/"), {"text": "x", "reason": "x"}).status_code == 403
    page = client.get(url(case)).content.decode()
    assert "Next step" not in page
    assert 'method="post" action="/harassment/' not in page


@pytest.mark.parametrize("verb", ["note", "hide", "resolve", "reopen"])
def test_a_get_changes_nothing(client, case, verb):
    assert client.get(url(case, f"{verb}/")).status_code == 405


def test_a_creator_works_on_their_own_cases(client_for, vera, lumen, case, account):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    client = client_for(vera, lumen)
    for part in ("", "trajectory/", "evidence/", "timeline/", "assign/", "dismiss/"):
        assert client.get(url(case, part)).status_code == 404
    for part in ("note/", "hide/", "resolve/", "reopen/"):
        assert client.post(url(case, part), {"text": "x"}).status_code == 404
    account.owner_id = vera.pk
    account.save(update_fields=["owner_id"])
    client.post(url(case, "resolve/"))
    case.refresh_from_db()
    assert not case.is_open
