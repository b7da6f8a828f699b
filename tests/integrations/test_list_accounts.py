"""The pages of connected accounts: what they show, to whom, and at what price."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import Membership, Role
from integrations.models import SocialAccount, SyncRun
from tests.factories import make_account, make_comment, make_post

LIST = "/integrations/accounts/"
HTMX = {"HX-Request": "true"}


def page(client, path=LIST, **headers):
    return client.get(path, headers=headers)


def cost(client, path, **headers) -> int:
    client.get(path, headers=headers)  # what is remembered per process is not the page's price
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path, headers=headers).status_code == 200
    return len(queries)


def fill(workspace, accounts: int, owner_id: int | None = None) -> list[SocialAccount]:
    made = []
    with tenancy.enter(workspace):
        for _ in range(accounts):
            account = make_account(owner_id=owner_id)
            SyncRun.objects.create(account=account, state=SyncRun.State.RUNNING, stage="held")
            make_comment(account, post=make_post(account))
            made.append(account)
    return made


def test_an_empty_list_invites_to_connect(alice, lumen, client_for, sandbox):
    text = page(client_for(alice, lumen)).content.decode()
    assert "Aura hears nothing yet" in text
    assert 'action="/integrations/accounts/connect/youtube/"' in text


def test_who_may_not_connect_is_told_whom_to_ask(vera, lumen, client_for):
    text = page(client_for(vera, lumen)).content.decode()
    assert "accounts/connect/" not in text
    assert "Ask the owner" in text


def test_it_shows_what_a_platform_allows_and_why_not(vera, lumen, client_for):
    text = page(client_for(vera, lumen)).content.decode()
    assert "What each platform allows" in text
    assert "YouTube has no API to report a comment" in text


@pytest.mark.parametrize("status", SocialAccount.Status.values)
def test_every_state_says_why_and_what_now(bob, lumen, client_for, status):
    with tenancy.enter(lumen):
        account = make_account(
            status=status,
            status_reason="" if status == "active" else "YouTube no longer has this.",
            status_since=timezone.now() - timedelta(minutes=3),
            retry_at=timezone.now() + timedelta(hours=1) if status == "quota" else None,
        )
    for path in (LIST, f"{LIST}{account.code}/"):
        text = page(client_for(bob, lumen), path).content.decode()
        assert str(SocialAccount.Status(status).label) in text
        if status != "active":
            assert "YouTube no longer has this." in text
            assert "Since:" in text
        if status == "quota":
            assert "Next try:" in text


def test_a_running_reading_shows_its_progress(bob, lumen, client_for):
    with tenancy.enter(lumen):
        SyncRun.objects.create(
            account=make_account(),
            state=SyncRun.State.RUNNING,
            stage="published",
            comments_seen=8204,
            comments_expected=31000,
        )
    text = page(client_for(bob, lumen)).content.decode()
    assert "8,204 of about 31,000" in text
    assert 'value="26"' in text


def test_outside_names_come_through_one_door(bob, lumen, client_for):
    name = '<img src=x onerror=alert(1)><b hx-get="/x">'
    with tenancy.enter(lumen):
        account = make_account(display_name=name, handle=name)
        make_post(account, title=name)
    for path in (LIST, f"{LIST}{account.code}/"):
        text = page(client_for(bob, lumen), path).content.decode()
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


def test_it_answers_with_the_fragment_alone(bob, lumen, client_for):
    (account,) = fill(lumen, 1)
    client = client_for(bob, lumen)
    for path, root in ((LIST, "account-list"), (f"{LIST}{account.code}/", "account-status")):
        whole = page(client, path).content.decode()
        part = page(client, path, **HTMX).content.decode()
        assert "<html" in whole
        assert "<html" not in part
        assert whole.count(f'id="{root}"') == part.count(f'id="{root}"') == 1


def test_a_page_costs_the_same_for_one_and_for_thirty(bob, lumen, client_for):
    client = client_for(bob, lumen)
    fill(lumen, 1, bob.pk)
    one = cost(client, LIST), cost(client, LIST, **HTMX)
    fill(lumen, 29, bob.pk)
    assert (cost(client, LIST), cost(client, LIST, **HTMX)) == one
    assert one[0] <= 8
    assert one[1] <= 3 + 4  # session, person and membership come before every fragment


def test_a_detail_page_costs_at_most_eight(bob, lumen, client_for):
    client = client_for(bob, lumen)
    (account,) = fill(lumen, 1, bob.pk)
    path = f"{LIST}{account.code}/"
    assert cost(client, path) <= 8
    assert cost(client, path, **HTMX) <= 3 + 4


def test_a_creator_sees_their_own_accounts_only(vera, lumen, client_for):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    (mine,) = fill(lumen, 1, vera.pk)
    (other,) = fill(lumen, 1)
    client = client_for(vera, lumen)
    text = page(client).content.decode()
    assert str(mine.code) in text
    assert str(other.code) not in text
    assert page(client, f"{LIST}{mine.code}/").status_code == 200
    assert page(client, f"{LIST}{other.code}/").status_code == 404
    assert client.post(f"{LIST}{other.code}/disconnect/").status_code == 404


def test_another_workspace_sees_nothing(charlie, lumen, nova, client_for):
    (account,) = fill(lumen, 1)
    client = client_for(charlie, nova)
    assert str(account.code) not in page(client).content.decode()
    for path in ("", "sync/", "disconnect/"):
        send = client.post if path else client.get
        assert send(f"{LIST}{account.code}/{path}").status_code == 404
    with tenancy.enter(lumen):
        run = SyncRun.objects.get()
    assert client.post(f"/integrations/runs/{run.code}/cancel/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["connect/youtube/", "{code}/sync/", "{code}/disconnect/", "/integrations/runs/{run}/cancel/"],
)
def test_a_weak_role_and_a_get_are_refused(bob, alice, lumen, client_for, path):
    (account,) = fill(lumen, 1)
    with tenancy.enter(lumen):
        path = path.format(code=account.code, run=SyncRun.objects.get().code)
    path = path if path.startswith("/") else LIST + path
    assert client_for(bob, lumen).post(path).status_code == 403
    assert client_for(alice, lumen).get(path).status_code == 405


def test_it_speaks_french(bob, lumen, client_for):
    bob.language = "fr"
    bob.save()
    assert 'lang="fr"' in page(client_for(bob, lumen)).content.decode()
