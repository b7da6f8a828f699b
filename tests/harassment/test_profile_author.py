"""What one author did here: tied to a case, fading, and forgotten on its date."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import tenancy
from accounts.models import AuditEntry, Role
from harassment.models import AuthorHold, Case, CaseSettings, Evidence, Incident
from harassment.queries.authors import author_page
from harassment.queries.evidence import evidence_chain
from harassment.services import authors, cases, clocks
from harassment.services.casebook import CaseError
from harassment.services.merging import merge_case
from harassment.services.scoring import score_comments
from harassment.strikes import fading, weight
from integrations.models import Comment
from tests.factories import make_account, make_comment
from tests.harassment.conftest import HATE, INSULT, THREAT

HTMX = {"HX-Request": "true"}
NAME = "@north.gable"


def write(owner, *texts: str, days: int = 10, author: str = "UCx") -> None:
    """Comments by one author, an hour apart, the first of them `days` ago."""
    start = timezone.now() - timedelta(days=days)
    ids = [
        make_comment(
            owner,
            text,
            author_external_id=author,
            author_handle=NAME,
            published_at=start + timedelta(hours=number),
        ).pk
        for number, text in enumerate(texts)
    ]
    score_comments(comment_ids=ids)


@pytest.fixture
def case(account, classifier) -> Case:
    """Three flagged comments and a harmless one."""
    write(account, "nice", INSULT, HATE, THREAT)
    return Case.objects.get()


@pytest.fixture
def client(client_for, bob, lumen):
    return client_for(bob, lumen)


def url(case: Case, part: str = "author/") -> str:
    return f"/harassment/cases/{case.code}/{part}"


def age(days: int) -> None:
    """Everything that is closed ended that long ago."""
    past = timezone.now() - timedelta(days=days)
    Case.objects.update(closed_at=past, last_incident_at=past)


def test_it_shows_what_is_tied_to_a_case_and_no_words(client, case, bob):
    page = client.get(url(case)).content.decode()
    assert NAME in page
    assert "seen by this workspace only" in page
    assert page.count('<circle class="pt') == 3  # the harmless comment is nobody's business
    assert "No strike" in page
    assert "a case is open" in page
    cases.resolve_case(case=case, actor=bob)
    page = client.get(url(case)).content.decode()
    assert "3 strikes" in page
    assert page.count('<th scope="row">') >= 3
    assert "90 days" in page
    for words in (INSULT, HATE, THREAT):
        assert words not in page


def test_strikes_are_what_a_person_acted_on(case, bob, lumen, alice):
    membership = bob.memberships.get(workspace=lumen)
    first, second, _third = Incident.objects.order_by("pk")
    first.decide(Incident.State.ACTED, bob)
    second.decide(Incident.State.DISMISSED, bob)
    page = author_page(case, membership)
    assert (page.flagged, page.strike_count) == (3, 1)
    assert page.weight == pytest.approx(0.5 ** (10 / 30), rel=0.01)
    CaseSettings.objects.create(half_life_days=10)
    assert author_page(case, membership).weight == pytest.approx(0.5, rel=0.02)
    first.open_again()
    page = author_page(case, membership)
    assert (page.strike_count, page.weight, page.fading) == (0, 0, None)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=12), st.integers(1, 400))
def test_the_weight_only_falls_when_nothing_new_happens(hours: list[int], half_life: int):
    now = timezone.now()
    span = timedelta(days=half_life)
    drawn = fading([now - timedelta(hours=one) for one in hours], span, now)
    assert drawn is not None
    assert weight(timedelta(0), span) == 1
    assert weight(span, span) == pytest.approx(0.5)
    points = [float(pair.split()[1]) for pair in drawn.ahead[1:].split("L")]
    assert points == sorted(points)  # downwards on the page
    numbers = re.findall(r"-?\d+\.\d", drawn.past + drawn.ahead)
    xs, ys = numbers[::2], numbers[1::2]
    assert all(40 <= float(x) <= 748 for x in xs)
    assert all(20 <= float(y) <= 132 for y in ys)


def test_one_author_is_one_id_on_one_platform(account, classifier, case, bob, lumen):
    other = make_account(display_name="Second channel")
    write(other, INSULT)
    elsewhere = make_account(display_name="Elsewhere", platform="tiktok")
    write(elsewhere, HATE)
    membership = bob.memberships.get(workspace=lumen)
    page = author_page(case, membership)
    assert {one.account.display_name for one in page.cases} == {"Mila Builds", "Second channel"}
    assert page.flagged == 4
    assert page.handles == (NAME,)
    alone = author_page(Case.objects.get(account=elsewhere), membership)
    assert (len(alone.cases), alone.flagged) == (1, 1)


def test_a_creator_sees_the_part_on_the_own_account(account, classifier, case, vera, lumen):
    other = make_account(display_name="Second channel", owner_id=vera.pk)
    write(other, INSULT)
    vera.memberships.update(role=Role.CREATOR)
    membership = vera.memberships.get(workspace=lumen)
    page = author_page(Case.objects.get(account=other), membership)
    assert [one.account for one in page.cases] == [other]
    assert page.flagged == 1


def test_another_workspace_knows_nothing(nova, lumen, case, bob):
    with tenancy.enter(nova):
        assert not Case.objects.exists()
        assert authors.forget_due_authors() == 0
    assert Case.objects.get().author_handle == NAME


def test_it_forgets_itself_on_its_date(client, case, bob, run_jobs):
    chain = list(Evidence.objects.filter(case=case).values_list("hash", flat=True))
    cases.resolve_case(case=case, actor=bob)
    age(89)
    assert clocks.promise_case_work() == 0
    age(91)
    assert clocks.promise_case_work() == 1
    run_jobs()
    case.refresh_from_db()
    assert (case.author_handle, case.has_author) == ("", False)
    assert case.author_external_id.startswith("gone:")
    assert case.anonymised_at is not None
    assert clocks.promise_case_work() == 0
    assert authors.forget_due_authors() == 0
    page = client.get(url(case)).content.decode()
    assert "Forgotten author" in page
    assert NAME not in page
    assert NAME not in client.get(url(case, "")).content.decode()
    assert "Author forgotten" in client.get(url(case, "timeline/")).content.decode()
    # The proof is untouched: it is erased item by item, and says so.
    assert list(Evidence.objects.filter(case=case).values_list("hash", flat=True)) == chain
    assert evidence_chain(case).check.is_intact


def test_its_cases_still_belong_together_and_a_new_one_does_not(
    account, classifier, case, bob, arrive
):
    other = make_account(display_name="Second channel")
    write(other, INSULT)
    for one in Case.objects.all():
        cases.resolve_case(case=one, actor=bob)
    age(100)
    assert authors.forget_due_authors() == 1
    assert Case.objects.values("author_external_id").distinct().count() == 1
    new = Incident.objects.get(comment=arrive(INSULT, author_external_id="UCx")).case
    membership = bob.memberships.get(workspace__slug="lumen")
    assert author_page(new, membership).cases == (new,)


def test_nobody_is_forgotten_while_a_case_is_open(account, classifier, case, bob):
    write(account, INSULT, author="UCy")
    other = Case.objects.get(author_external_id="UCy")
    cases.resolve_case(case=case, actor=bob)
    age(1000)
    Case.objects.filter(pk=other.pk).update(closed_at=None)
    assert authors.forget_due_authors() == 1
    other.refresh_from_db()
    assert other.author_handle == NAME
    with pytest.raises(CaseError, match="still open"):
        authors.forget_author(case=other, actor=bob)


def test_a_case_that_goes_on_in_another_one_keeps_its_author(account, classifier, case, bob):
    write(account, INSULT, author="UCy")
    target = Case.objects.get(author_external_id="UCy")
    merge_case(source=case, target=target, reason="x", actor=bob)
    age(1000)
    assert authors.forget_due_authors() == 0
    cases.resolve_case(case=target, actor=bob)
    age(1000)
    assert authors.forget_due_authors() == 2


def test_a_lead_keeps_it_longer_with_a_reason(client_for, client, case, bob, alice, lumen):
    cases.resolve_case(case=case, actor=bob)
    age(1000)
    lead = client_for(alice, lumen)
    assert client.post(url(case, "author/keep/"), {"days": 30, "reason": "x"}).status_code == 403
    for days in ("0", "366", "x"):
        sent = {"days": days, "reason": "x"}
        assert lead.post(url(case, "author/keep/"), sent).status_code == 422
    lead.post(url(case, "author/keep/"), {"days": "30", "reason": "A complaint is open"})
    assert authors.forget_due_authors() == 0
    page = client.get(url(case)).content.decode()
    assert "Alice keeps it until" in page
    assert "A complaint is open" in page
    AuthorHold.objects.update(until=timezone.now() - timedelta(hours=1))
    assert authors.forget_due_authors() == 1
    assert not AuthorHold.objects.exists()


def test_a_lead_forgets_at_once(client_for, client, case, bob, alice, lumen):
    lead = client_for(alice, lumen)
    assert client.post(url(case, "author/forget/")).status_code == 403
    lead.post(url(case, "author/forget/"))
    assert Case.objects.get().has_author  # it is open
    cases.resolve_case(case=case, actor=bob)
    assert "Forget now" in lead.get(url(case)).content.decode()
    assert "Forget now" not in client.get(url(case)).content.decode()
    lead.post(url(case, "author/forget/"))
    assert not Case.objects.get().has_author
    entry = AuditEntry.objects.get(action="harassment.author.forgotten")
    assert (entry.actor_label, entry.data) == ("Alice", {"cases": ["AUR-0001"]})
    assert Comment.objects.filter(author_handle=NAME).exists()  # as the platform shows it


def test_the_profile_speaks_french(client, case, bob):
    bob.language = "fr"
    bob.save(update_fields=["language"])
    cases.resolve_case(case=case, actor=bob)
    page = client.get(url(case)).content.decode()
    assert re.search(r"(poids|weight) \d,\d\d", page)
    for drawn in re.findall(r' d="(M[^"]+)"', page):
        assert "," not in drawn
