"""Inviting, joining, changing roles and leaving."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts import services
from accounts.models import AuditEntry, Invitation, Membership, Role, User, Workspace

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


def _invite(
    client_for: ClientFor, nina: User, lumen: Workspace, commit: Any, **data: Any
) -> tuple[Any, str]:
    with commit(execute=True):
        answer = client_for(nina, lumen).post(
            "/accounts/members/invite/",
            {"email": "stranger@example.test", "role": "moderator", **data},
        )
    token = ""
    if mail.outbox:
        found = re.search(r"/invitations/([\w-]+)/", str(mail.outbox[-1].body))
        token = found.group(1) if found else ""
    return answer, token


def test_it_invites_by_mail_and_the_person_joins_once(
    nina: User, stranger: User, bob: User, lumen: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    answer, token = _invite(client_for, nina, lumen, django_capture_on_commit_callbacks)
    assert answer.status_code == 302
    invitation = Invitation.objects.get()
    assert token
    assert token not in str(invitation.__dict__)
    # Opening the link changes nothing, and it is no use to somebody else.
    assert client_for(stranger).get(f"/invitations/{token}/").status_code == 200
    client_for(bob).post(f"/invitations/{token}/")
    assert not Membership.objects.filter(user=stranger).exists()
    joined = client_for(stranger).post(f"/invitations/{token}/")
    assert joined["Location"] == "http://lumen.aura.localhost:8000/"
    assert Membership.objects.get(user=stranger).role == Role.MODERATOR
    Membership.objects.filter(user=stranger).delete()
    client_for(stranger).post(f"/invitations/{token}/")
    assert not Membership.objects.filter(user=stranger).exists()
    assert set(AuditEntry.objects.filter(workspace=lumen).values_list("action", flat=True)) >= {
        "accounts.invitation.sent",
        "accounts.invitation.accepted",
    }


def test_it_refuses_an_old_invitation(
    nina: User, stranger: User, lumen: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    _, token = _invite(client_for, nina, lumen, django_capture_on_commit_callbacks)
    Invitation.objects.update(expires_at="2020-01-01T00:00:00Z")
    with pytest.raises(services.MembershipError, match="expired"):
        services.accept_invitation(token=token, user=stranger)


def test_it_says_what_is_wrong_and_keeps_what_was_typed(
    nina: User, lumen: Workspace, client_for: ClientFor, django_capture_on_commit_callbacks: Any
) -> None:
    commit = django_capture_on_commit_callbacks
    for data, sentence in [
        ({"email": "not an address"}, "valid email"),
        ({"email": "BOB@example.test"}, "member already"),
        ({"role": "owner"}, "Select a valid choice"),
        ({"role": "helper"}, "how many days"),
    ]:
        answer, token = _invite(client_for, nina, lumen, commit, **data)
        assert (answer.status_code, token) == (422, "")
        assert sentence in answer.content.decode()


def test_it_gives_a_helper_a_box_of_time(
    nina: User, stranger: User, lumen: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    _, token = _invite(
        client_for, nina, lumen, django_capture_on_commit_callbacks,
        role="helper", membership_days=3,
    )  # fmt: skip
    services.accept_invitation(token=token, user=stranger)
    assert Membership.objects.get(user=stranger).expires_at is not None


def test_it_keeps_an_owner(alice: User, lumen: Workspace, client_for: ClientFor) -> None:
    own = Membership.objects.get(user=alice, workspace=lumen)
    browser = client_for(alice, lumen)
    browser.post(f"/accounts/members/{own.code}/role/", {"role": "analyst"})
    browser.post(f"/accounts/members/{own.code}/remove/")
    own.refresh_from_db()
    assert own.role == Role.OWNER


def test_it_cannot_touch_another_workspaces_people(
    alice: User, charlie: User, lumen: Workspace, nova: Workspace, client_for: ClientFor
) -> None:
    foreign = Membership.objects.get(user=charlie, workspace=nova)
    browser = client_for(alice, lumen)
    for verb in ("role", "remove"):
        answer = browser.post(f"/accounts/members/{foreign.code}/{verb}/", {"role": "analyst"})
        assert answer.status_code == 404
    foreign.refresh_from_db()
    assert foreign.role == Role.OWNER


def test_it_withdraws_an_invitation(
    nina: User, stranger: User, lumen: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    _, token = _invite(client_for, nina, lumen, django_capture_on_commit_callbacks)
    code = Invitation.objects.get().code
    client_for(nina, lumen).post(f"/accounts/invitations/{code}/withdraw/")
    with pytest.raises(services.MembershipError):
        services.accept_invitation(token=token, user=stranger)
