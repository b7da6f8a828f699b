"""Trusted helpers: limited in time, in what they may do, and in whose accounts they see."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import services, tenancy
from accounts.models import AuditEntry, Grant, Invitation, Job, Membership, Role, User, Workspace
from accounts.services import end_help, expire_access
from harassment.models import Case, Incident
from integrations.models import Comment
from tests.factories import make_account, make_comment

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
ClientFor = Callable[..., Client]


@pytest.fixture
def creator(vera: User, lumen: Workspace) -> Membership:
    """Vera, a creator of lumen."""
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    return Membership.objects.get(user=vera)


@pytest.fixture
def helped(creator: Membership, stranger: User, lumen: Workspace) -> Callable[..., Membership]:
    """`helped(scope)`: the stranger helps Vera with that scope."""

    def build(scope: str) -> Membership:
        return Membership.objects.create(
            user=stranger, workspace=lumen, role=Role.HELPER, help_scope=scope,
            helps_id=creator.user_id, expires_at=timezone.now() + timedelta(hours=5),
        )  # fmt: skip

    return build


@pytest.fixture
def comments(lumen: Workspace, creator: Membership) -> dict[str, Comment]:
    """A flagged comment on Vera's account and one on somebody else's."""
    found = {}
    with tenancy.enter(lumen):
        for number, (name, owner) in enumerate([("hers", creator.user_id), ("other", None)], 1):
            account = make_account(
                owner_id=owner,
                access_token_enc="sealed",
                scopes_granted=["https://www.googleapis.com/auth/youtube.force-ssl"],
            )
            comment = make_comment(account, f"zorglub{name}")
            case = Case.objects.create(
                number=number, account=account, author_external_id="UCx", severity=3,
                last_incident_at=comment.published_at,
            )  # fmt: skip
            Incident.objects.create(case=case, comment=comment, severity=3)
            found[name] = comment
    return found


def _invite(browser: Client, commit: Any, **data: Any) -> tuple[Any, str]:
    with commit(execute=True):
        answer = browser.post(
            "/accounts/helpers/invite/",
            {
                "email": "stranger@example.test",
                "help_scope": "triage",
                "membership_days": 3,
                **data,
            },
        )
    found = re.search(r"/invitations/([\w-]+)/", str(mail.outbox[-1].body)) if mail.outbox else None
    return answer, found.group(1) if found else ""


def test_a_creator_lends_their_own_accounts_for_some_days(
    creator: Membership, vera: User, stranger: User, lumen: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any, comments: dict[str, Comment],
) -> None:  # fmt: skip
    browser = client_for(vera, lumen)
    page = browser.get("/accounts/helpers/").content.decode()
    assert 'name="helps"' not in page
    answer, token = _invite(browser, django_capture_on_commit_callbacks, helps="whatever")
    assert answer.status_code == 302
    assert "Stranger" not in browser.get("/accounts/helpers/").content.decode()
    client_for(stranger).post(f"/invitations/{token}/")
    helper = Membership.objects.get(user=stranger)
    assert (helper.role, helper.help_scope, helper.helps_id) == ("helper", "triage", vera.pk)
    assert helper.expires_at is not None
    assert timedelta(days=2) < helper.expires_at - timezone.now() <= timedelta(days=3)
    assert "Stranger" in browser.get("/accounts/helpers/").content.decode()
    there = client_for(stranger, lumen)
    assert there.get(f"/harassment/comments/{comments['hers'].code}/").status_code == 200
    assert there.get(f"/harassment/comments/{comments['other'].code}/").status_code == 404
    assert there.get("/harassment/cases/").content.decode().count("AUR-") == 1
    actions = set(AuditEntry.objects.filter(workspace=lumen).values_list("action", flat=True))
    assert actions >= {"accounts.invitation.sent", "accounts.invitation.accepted"}


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", set()), ("triage", {"reveal", "dismiss"}), ("hide", {"reveal", "dismiss", "hide"})],
)
def test_a_scope_is_what_it_says(
    scope: str, allowed: set[str], helped: Callable[..., Membership], stranger: User,
    lumen: Workspace, client_for: ClientFor, comments: dict[str, Comment],
) -> None:  # fmt: skip
    helper = helped(scope)
    there = client_for(stranger, lumen)
    of = f"/harassment/comments/{comments['hers'].code}"
    page = there.get(f"{of}/").content.decode()
    assert "zorglub" not in page
    for verb in ("reveal", "hide", "dismiss"):
        assert (f'action="{of}/{verb}/' in page) == (verb in allowed), verb
        answer = there.post(f"{of}/{verb}/")
        assert (answer.status_code != 403) == (verb in allowed), verb
    for never in (
        f"{of}/publish/", f"{of}/reply/", "/harassment/shields/raise/",
        "/accounts/members/invite/", "/accounts/helpers/invite/",
    ):  # fmt: skip
        assert there.post(never).status_code == 403, never
    with tenancy.enter(lumen):
        case = Case.objects.get(number=1)
    for never in ("resolve", "dismiss", "note", "assign", "export", "hide"):
        answer = there.post(f"/harassment/cases/{case.code}/{never}/")
        assert answer.status_code == 403, never
    assert not helper.may(Grant.MODERATE)


def test_the_next_act_after_the_end_is_refused_with_a_word(
    helped: Callable[..., Membership], stranger: User, lumen: Workspace, client_for: ClientFor,
    comments: dict[str, Comment],
) -> None:  # fmt: skip
    helper = helped("hide")
    there = client_for(stranger, lumen)
    of = f"/harassment/comments/{comments['hers'].code}/"
    assert there.get(of).status_code == 200  # the page stays open
    Membership.objects.filter(pk=helper.pk).update(expires_at=timezone.now())
    for headers in ({}, {"HX-Request": "true"}):
        answer = there.post(f"{of}dismiss/", headers=headers)
        assert answer.status_code == 403
        assert "Your access to this workspace has ended" in answer.content.decode()
    with tenancy.enter(lumen):
        assert Incident.objects.get(comment=comments["hers"]).state == "open"


def test_access_can_be_ended_at_once_and_given_again(
    helped: Callable[..., Membership], vera: User, stranger: User, lumen: Workspace,
    client_for: ClientFor, django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    helper = helped("read")
    mine = client_for(vera, lumen)
    mine.post(f"/accounts/helpers/{helper.code}/end/")
    mine.post(f"/accounts/helpers/{helper.code}/end/")
    assert client_for(stranger, lumen).get("/").status_code == 403
    assert AuditEntry.objects.filter(action="accounts.help.ended").count() == 1
    assert "ended" in mine.get("/accounts/helpers/").content.decode()
    _, token = _invite(mine, django_capture_on_commit_callbacks, help_scope="hide")
    client_for(stranger).post(f"/invitations/{token}/")
    helper.refresh_from_db()
    assert helper.may(Grant.HIDE)
    assert client_for(stranger, lumen).get("/").status_code == 200


def test_a_creator_ends_and_sees_only_their_own(
    helped: Callable[..., Membership], nina: User, vera: User, charlie: User, alice: User,
    lumen: Workspace, client_for: ClientFor,
) -> None:  # fmt: skip
    foreign = helped("read")
    Membership.objects.filter(pk=foreign.pk).update(helps_id=None)
    asked = Invitation.objects.create(
        workspace=lumen, email="x@example.test", role="helper", token_hash="x",
        expires_at="2099-01-01T00:00:00Z",
    )  # fmt: skip
    mine = client_for(vera, lumen)
    assert mine.post(f"/accounts/helpers/{foreign.code}/end/").status_code == 404
    assert mine.post(f"/accounts/invitations/{asked.code}/withdraw/").status_code == 404
    page = mine.get("/accounts/helpers/").content.decode()
    assert "Stranger" not in page
    assert "x@example.test" not in page
    own = Membership.objects.get(user=alice)
    manager = client_for(nina, lumen)
    assert manager.post(f"/accounts/helpers/{own.code}/end/").status_code == 404
    assert 'name="helps"' in manager.get("/accounts/helpers/").content.decode()
    manager.post(f"/accounts/helpers/{foreign.code}/end/")
    foreign.refresh_from_db()
    assert foreign.expires_at is not None
    assert foreign.expires_at <= timezone.now()


def test_nobody_becomes_a_helper_by_a_change_of_role(
    bob: User, alice: User, helped: Callable[..., Membership], lumen: Workspace
) -> None:
    plain = Membership.objects.get(user=bob)
    with pytest.raises(services.MembershipError, match="limited time"):
        services.change_role(membership=plain, role=Role.HELPER, actor=alice)
    with pytest.raises(services.MembershipError, match="limited time"):
        services.change_role(membership=helped("read"), role=Role.MANAGER, actor=alice)


@pytest.mark.parametrize("room", ["integrations", "harassment", "ai_agents"])
def test_rows_are_confined_by_the_membership_and_not_by_a_role(room: str) -> None:
    files = [*(ROOT / room).rglob("models/*.py"), *(ROOT / room).rglob("models.py")]
    assert [path.name for path in files if "Role.CREATOR" in path.read_text()] == []


def test_a_job_closes_the_open_pages_when_the_time_is_over(
    vera: User, stranger: User, creator: Membership, lumen: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _, token = _invite(client_for(vera, lumen), django_capture_on_commit_callbacks)
    helper = services.accept_invitation(token=token, user=stranger)
    job = Job.objects.get(name="accounts.expire_access")
    assert job.run_at == helper.expires_at
    told: list[tuple[str, int]] = []
    monkeypatch.setattr("accounts.live.end_sockets", lambda *who: told.append(who))
    with tenancy.enter(lumen):
        expire_access(**job.payload)
        assert told == []  # too early: an extended stay is not cut
        Membership.objects.filter(pk=helper.pk).update(expires_at=timezone.now())
        expire_access(**job.payload)
    assert told == [(lumen.schema_name, stranger.pk)]
    end_help(membership=helper, actor=vera)
    assert len(told) == 1
