"""Secrets at rest open only where they were sealed."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from accounts import tenancy
from integrations import tokens
from integrations.models import SocialAccount
from integrations.services.credentials import open_token
from tests.factories import make_account
from tests.integrations.conftest import KEY

OTHER = "k2:" + base64.b64encode(b"y" * 32).decode()


def test_it_opens_what_it_sealed(in_lumen, key_ring):
    sealed = tokens.seal("ya29.secret", row="r", field="access")
    assert sealed.startswith("v1.k1.")
    assert "ya29" not in sealed
    assert tokens.unseal(sealed, row="r", field="access") == "ya29.secret"
    assert tokens.seal("ya29.secret", row="r", field="access") != sealed


@pytest.mark.parametrize(("row", "field"), [("s", "access"), ("r", "refresh")])
def test_it_stays_shut_for_another_row_or_field(in_lumen, key_ring, row, field):
    sealed = tokens.seal("secret", row="r", field="access")
    with pytest.raises(tokens.TokenError):
        tokens.unseal(sealed, row=row, field=field)


def test_it_stays_shut_in_another_workspace(lumen, nova, key_ring):
    with tenancy.enter(lumen):
        sealed = tokens.seal("secret", row="r", field="access")
    with tenancy.enter(nova), pytest.raises(tokens.TokenError):
        tokens.unseal(sealed, row="r", field="access")


@pytest.mark.parametrize(
    "damage", ["", "v1", "v1.k1.x.y", "v2.k1.AAAA.AAAA", "v1.k9.AAAA.AAAA", "v1.k1.é.AAAA"]
)
def test_it_refuses_damaged_values(in_lumen, key_ring, damage):
    with pytest.raises(tokens.TokenError):
        tokens.unseal(damage, row="r", field="access")


def test_it_refuses_a_changed_byte(in_lumen, key_ring):
    sealed = tokens.seal("secret", row="r", field="access")
    changed = sealed[:-3] + ("A" if sealed[-3] != "A" else "B") + sealed[-2:]
    with pytest.raises(tokens.TokenError):
        tokens.unseal(changed, row="r", field="access")


@pytest.mark.parametrize(
    ("ring", "word"),
    [
        ("", "not set"),
        ("k1:short", "not 32 bytes"),
        ("k1", "not 32 bytes"),
        ("k1:???", "not 32 bytes"),
        (f"{KEY},{KEY}", "name of its own"),
        (f":{KEY[3:]}", "name of its own"),
    ],
)
def test_a_bad_ring_is_one_clear_sentence(settings, ring, word):
    settings.TOKEN_KEYRING = ring
    with pytest.raises(ImproperlyConfigured, match=word) as caught:
        tokens.key_ring()
    assert "openssl rand" in str(caught.value)
    assert KEY[3:] not in str(caught.value)
    assert [m.id for m in tokens.check_key_ring(None)] == [
        "integrations.E001" if ring else "integrations.W001"
    ]


def test_a_good_ring_passes_the_check(key_ring):
    assert tokens.check_key_ring(None) == []


def sealed_account(**fields) -> SocialAccount:
    account = make_account(**fields)
    account.access_token_enc = tokens.seal("access!", row=account.code, field="access")
    account.refresh_token_enc = tokens.seal("refresh!", row=account.code, field="refresh")
    account.save()
    return account


def test_rotation_writes_every_token_anew(lumen, nova, settings, key_ring, capsys):
    rows = {}
    for workspace in (lumen, nova):
        with tenancy.enter(workspace):
            rows[workspace] = sealed_account()
    settings.TOKEN_KEYRING = f"{OTHER},{KEY}"
    call_command("rotate_tokens")
    assert "4 tokens rewritten" in capsys.readouterr().out
    settings.TOKEN_KEYRING = OTHER  # the old key is gone
    for workspace, account in rows.items():
        with tenancy.enter(workspace):
            account.refresh_from_db()
            assert open_token(account, "access") == "access!"
            assert open_token(account, "refresh") == "refresh!"
    call_command("rotate_tokens")
    assert "0 tokens rewritten" in capsys.readouterr().out


def test_rotation_says_what_no_key_opens(lumen, settings, key_ring):
    with tenancy.enter(lumen):
        sealed_account()
    settings.TOKEN_KEYRING = OTHER
    with pytest.raises(CommandError, match="2 tokens could not be opened"):
        call_command("rotate_tokens")
