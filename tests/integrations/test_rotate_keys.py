"""Changing the key of stored secrets while everything runs, and knowing when the old one may go."""

import base64
import contextvars
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.utils import timezone

from accounts import tenancy
from accounts.models import User, Workspace
from integrations import tokens
from integrations.models import SocialAccount
from integrations.outcomes import Outcome
from integrations.routing.models import OAuthState
from integrations.services import connect, rotation
from integrations.services.credentials import access_for, open_token
from tests.database import cloned_database
from tests.factories import make_account
from tests.integrations.conftest import KEY

NEW = "k2:" + base64.b64encode(b"n" * 32).decode()
BOTH = f"{NEW},{KEY}"


def sealed_account(**fields) -> SocialAccount:
    account = make_account(**fields)
    for name in ("access", "refresh", "revoking"):
        sealed = tokens.seal(f"{name} of {account.code}", row=account.code, field=name)
        setattr(account, f"{name}_token_enc", sealed)
    account.save()
    return account


def opened(account: SocialAccount) -> list[str]:
    account.refresh_from_db()
    return [open_token(account, name) for name in ("access", "refresh", "revoking")]


def whole(account: SocialAccount) -> list[str]:
    return [f"{name} of {account.code}" for name in ("access", "refresh", "revoking")]


def command(*options: str) -> None:
    call_command("rotate_tokens", *options)


def test_all_workspaces_are_sealed_anew_and_the_old_key_may_go(
    lumen, nova, settings, key_ring, capsys
):
    rows = {}
    for workspace in (lumen, nova):
        with tenancy.enter(workspace):
            rows[workspace] = [sealed_account() for _ in range(2)]
    settings.TOKEN_KEYRING = BOTH
    with pytest.raises(CommandError, match="12 values still need k1"):
        command("--drop", "k1")
    capsys.readouterr()
    command()
    out = capsys.readouterr().out
    assert "12 tokens rewritten" in out
    assert "k2 encrypts: 12 values" in out
    assert "k1 opens: 0 values" in out
    command("--drop", "k1")
    assert "Nothing needs k1." in capsys.readouterr().out
    settings.TOKEN_KEYRING = NEW
    for workspace, accounts in rows.items():
        with tenancy.enter(workspace):
            for account in accounts:
                assert opened(account) == whole(account)


def test_counting_changes_nothing(in_lumen, settings, key_ring, capsys):
    account = sealed_account()
    settings.TOKEN_KEYRING = BOTH
    command("--check")
    assert "k1 opens: 3 values" in capsys.readouterr().out
    before = account.access_token_enc
    account.refresh_from_db()
    assert account.access_token_enc == before


def test_the_key_that_encrypts_may_not_go(in_lumen, settings, key_ring):
    settings.TOKEN_KEYRING = BOTH
    with pytest.raises(CommandError, match="Put another one first"):
        command("--drop", "k2")


def test_a_key_that_is_gone_already_is_named(in_lumen, settings, key_ring, capsys):
    sealed_account()
    settings.TOKEN_KEYRING = NEW
    with pytest.raises(CommandError, match="3 tokens could not be opened"):
        command()
    assert "k1 is not in the ring: 3 values" in capsys.readouterr().out


def test_a_closed_workspace_keeps_its_key(lumen, nova, settings, key_ring):
    with tenancy.enter(nova):
        sealed_account()
    with tenancy.public():
        Workspace.objects.filter(pk=nova.pk).update(is_open=False)
    settings.TOKEN_KEYRING = BOTH
    command()
    with pytest.raises(CommandError, match="closed and were not looked into: nova"):
        command("--drop", "k1")


def test_it_goes_on_where_it_was_killed(in_lumen, settings, key_ring, monkeypatch, capsys):
    accounts = [sealed_account() for _ in range(4)]
    settings.TOKEN_KEYRING = BOTH
    sealed: list[str] = []
    seal = tokens.seal

    def dies(secret: str, **bound: object) -> str:
        if len(sealed) == 7:  # in the middle of the third row
            raise KeyboardInterrupt
        sealed.append(secret)
        return seal(secret, **bound)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(tokens, "seal", dies)
        with pytest.raises(KeyboardInterrupt):
            command()
    assert rotation.keys_in_use() == {"k2": 6, "k1": 6}  # whole rows only
    command()
    assert "6 tokens rewritten" in capsys.readouterr().out
    settings.TOKEN_KEYRING = NEW
    assert [opened(account) for account in accounts] == [whole(account) for account in accounts]


def test_it_works_in_batches(in_lumen, settings, key_ring, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    for _ in range(5):
        sealed_account()
    settings.TOKEN_KEYRING = BOTH
    assert rotation.rotate_tokens() == rotation.Rotated(15, 0)
    assert rotation.rotate_tokens() == rotation.Rotated(0, 0)


def test_a_dance_under_way_survives_the_change(sandbox, alice, lumen, settings, capsys):
    url = connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
    connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
    OAuthState.objects.filter(pk=OAuthState.objects.latest("pk").pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)  # nobody needs this one any more
    )
    settings.TOKEN_KEYRING = f"{NEW},{settings.TOKEN_KEYRING}"
    with pytest.raises(CommandError, match="1 values still need k1"):
        command("--drop", "k1")
    command()
    command("--drop", "k1")
    settings.TOKEN_KEYRING = NEW
    answer = sandbox.approve(url)
    done = connect.finish_connection(
        platform_kind="youtube", state=answer["state"], code=answer["code"], error="", user=alice
    )
    assert done.outcome == Outcome.CONNECTED
    capsys.readouterr()


def test_a_worker_that_renews_meanwhile_wins(
    sandbox, consent, settings, template_name, django_db_blocker, monkeypatch
):
    """It holds its row with the old key while all others are rewritten, and stores newer tokens."""
    with django_db_blocker.unblock(), cloned_database(template_name):
        lumen = Workspace.objects.get(slug="lumen")
        assert consent(User.objects.get(email="alice@example.test"), lumen) == Outcome.CONNECTED
        with tenancy.enter(lumen):
            busy = SocialAccount.objects.get()
            newer = tokens.seal("newer", row=busy.code, field="access")  # with k1
            idle = sealed_account()
            settings.TOKEN_KEYRING = BOTH
            held, may_go = threading.Event(), threading.Event()

            def renew() -> None:
                try:
                    with transaction.atomic():
                        row = SocialAccount.objects.select_for_update(no_key=True).get(pk=busy.pk)
                        held.set()
                        may_go.wait(timeout=20)
                        row.access_token_enc = newer
                        row.token_generation += 1
                        row.save()
                finally:
                    connections.close_all()

            worker = threading.Thread(target=contextvars.copy_context().run, args=(renew,))
            worker.start()
            assert held.wait(timeout=20)
            rotating = rotation._rotate_account

            def watched(pk: int, *, waits: bool) -> rotation.Rotated | None:
                if waits:  # all others are done by now
                    idle.refresh_from_db()
                    assert idle.access_token_enc.startswith("v1.k2.")
                    may_go.set()
                return rotating(pk, waits=waits)

            monkeypatch.setattr(rotation, "_rotate_account", watched)
            try:
                rotation.rotate_tokens()
            finally:
                may_go.set()
                worker.join(timeout=20)
            settings.TOKEN_KEYRING = NEW
            busy.refresh_from_db()
            assert open_token(busy, "access") == "newer"
            assert access_for(account_id=busy.pk).generation == busy.token_generation
            assert opened(idle) == whole(idle)
        connections.close_all()
