"""Handing a case up: by a person who may, with a reason, and by nothing else."""

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import outbox
from accounts.models import AuditEntry, Membership, Role
from harassment.models import Case, CaseEvent, CaseNotice
from harassment.services import escalation
from harassment.services.casebook import CaseError

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("creator_ai", "harassment", "ai_agents", "integrations", "accounts")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def case(account) -> Case:
    return Case.objects.create(
        number=1, account=account, author_external_id="UCx", severity=3,
        last_incident_at=timezone.now(),
    )  # fmt: skip


def url(case: Case, part: str = "") -> str:
    return f"/harassment/cases/{case.code}/{part}"


def role(person, workspace, role: str) -> Membership:
    membership = Membership.objects.get(user=person, workspace=workspace)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


def test_the_safety_lead_is_told_and_answers(client_for, case, lumen, bob, vera):
    role(vera, lumen, Role.SAFETY_LEAD)
    client, lead = client_for(bob, lumen), client_for(vera, lumen)
    assert client.post(url(case, "escalate/"), {"reason": " "}).status_code == 422
    client.post(url(case, "escalate/"), {"reason": "He names the street"})
    notice = CaseNotice.objects.get()
    assert (notice.kind, notice.user_id, notice.from_label) == ("escalated", vera.pk, "Bob")
    assert AuditEntry.objects.get(action="harassment.case.escalated").actor_label == "Bob"
    page = lead.get(url(case)).content.decode()
    assert "Escalated by Bob" in page
    assert "Answer the escalation" in page
    alerts = lead.get("/harassment/alerts/", headers=HTMX).content.decode()
    assert "Escalated by Bob" in alerts
    assert 'data-unread="1"' in alerts
    assert 'data-unread="0"' in client.get("/harassment/alerts/", headers=HTMX).content.decode()
    again = client.post(url(case, "escalate/"), {"reason": "x"}, follow=True).content.decode()
    assert "has escalated AUR-0001 already" in again
    lead.post(url(case, "answer/"), {"answer": "I call her now"})
    case.refresh_from_db()
    assert case.escalated_at is None
    assert CaseNotice.objects.unseen().get().user_id == bob.pk
    words = client.get(url(case, "timeline/"), headers=HTMX).content.decode()
    for line in ("Escalated by Bob", "to Vera", "He names the street", "I call her now"):
        assert line in words


def test_without_a_safety_lead_the_owners_are_told(case, lumen, bob, alice):
    membership = Membership.objects.get(user=bob, workspace=lumen)
    escalation.escalate_case(case=case, reason="x", actor=bob, membership=membership)
    assert [notice.user_id for notice in CaseNotice.objects.all()] == [alice.pk]


def test_a_notice_is_marked_as_seen_by_whom_it_is_for(client_for, case, lumen, bob, alice):
    membership = Membership.objects.get(user=bob, workspace=lumen)
    escalation.escalate_case(case=case, reason="x", actor=bob, membership=membership)
    code = str(CaseNotice.objects.get().code)
    client_for(bob, lumen).post("/harassment/alerts/seen/", {"code": code})
    assert CaseNotice.objects.unseen().exists()
    client_for(alice, lumen).post("/harassment/alerts/seen/", {"code": code})
    assert not CaseNotice.objects.unseen().exists()


@pytest.mark.parametrize("name", [Role.HELPER, Role.ANALYST, Role.CLIENT_APPROVER])
def test_a_role_that_may_not_is_refused(client_for, case, lumen, bob, account, name):
    membership = role(bob, lumen, name)
    if name == Role.HELPER:
        membership.expires_at = timezone.now() + timedelta(days=1)
        membership.save(update_fields=["expires_at"])
    client = client_for(bob, lumen)
    assert client.post(url(case, "escalate/"), {"reason": "x"}).status_code in {403, 404}
    with pytest.raises(PermissionDenied):
        escalation.escalate_case(case=case, reason="x", actor=bob, membership=membership)
    assert not CaseEvent.objects.exists()


@pytest.mark.parametrize("name", [Role.MODERATOR, Role.CREATOR])
def test_a_moderator_cannot_answer(client_for, case, lumen, bob, account, name):
    account.owner_id = bob.pk
    account.save(update_fields=["owner_id"])
    role(bob, lumen, name)
    Case.objects.update(escalated_at=timezone.now(), escalated_by_label="Nina")
    assert client_for(bob, lumen).post(url(case, "answer/"), {"answer": "x"}).status_code == 403


def test_the_membership_must_be_that_of_the_person(case, lumen, bob, vera):
    membership = Membership.objects.get(user=bob, workspace=lumen)
    with pytest.raises(PermissionDenied):
        escalation.escalate_case(case=case, reason="x", actor=vera, membership=membership)


def test_a_closed_case_is_not_escalated(case, lumen, bob):
    Case.objects.update(status="resolved")
    membership = Membership.objects.get(user=bob, workspace=lumen)
    with pytest.raises(CaseError, match="closed already"):
        escalation.escalate_case(case=case, reason="x", actor=bob, membership=membership)
    owner = Membership.objects.get(user__name="Alice", workspace=lumen)
    with pytest.raises(CaseError, match="not escalated"):
        escalation.answer_escalation(case=case, answer="x", actor=owner.user, membership=owner)


def test_a_job_cannot_escalate_even_in_a_persons_name(
    case, lumen, bob, run_jobs, monkeypatch, account
):
    """Whatever a job, a rule or an agent that runs in one has got hold of."""
    membership = Membership.objects.get(user=bob, workspace=lumen)
    refused = []

    def try_it() -> None:
        acts: list[tuple[Callable[..., None], dict[str, str]]] = [
            (escalation.escalate_case, {"reason": "x"}),
            (escalation.answer_escalation, {"answer": "x"}),
        ]
        for act, words in acts:
            with pytest.raises(escalation.NotAPersonError):
                act(case=case, actor=bob, membership=membership, **words)
            refused.append(act)

    monkeypatch.setitem(
        outbox._registry,
        "tests.escalate",
        outbox.Registered("tests.escalate", try_it, "default", True),
    )
    outbox.enqueue("tests.escalate")
    run_jobs()
    assert len(refused) == 2
    assert not CaseEvent.objects.filter(kind="escalated").exists()


def test_only_a_persons_view_calls_it():
    """No job, receiver, command, rule or agent has the function in its hands."""
    callers = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }
        if names & {"escalate_case", "answer_escalation"}:
            callers.add(path.relative_to(ROOT).as_posix())
    assert callers == {"harassment/urls.py", "harassment/views/casework.py"}
