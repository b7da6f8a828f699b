"""What leaves has no names, numbers or addresses; what comes back has them again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_agents.redaction import PLACEHOLDER, Redactor

SECRETS = [
    ("marie.dupont+x@mail.example.fr", "EMAIL"),
    ("jean (at) mail point fr", "EMAIL"),
    ("jean[at]mail[dot]com", "EMAIL"),
    ("https://example.com/a?token=abc", "URL"),
    ("www.example.org/x", "URL"),
    ("FR14 2004 1010 0505 0001 3M02 606", "IBAN"),
    ("GB82WEST12345698765432", "IBAN"),
    ("4111 1111 1111 1111", "CARD"),
    ("192.168.1.40", "IP"),
    ("2001:db8::ff00:42:8329", "IP"),
    ("06 12 34 56 78", "PHONE"),
    ("+33 6 12 34 56 78", "PHONE"),
    ("(212) 555-2368", "PHONE"),
    ("020 7946 0958", "PHONE"),
    ("12 bis rue de la Paix", "ADDRESS"),
    ("3, avenue Victor Hugo 75116 Paris", "ADDRESS"),
    ("221 Baker Street", "ADDRESS"),
    ("@lea_bricole", "USER"),
    ("u/wood_worker", "USER"),
    ("Marie Dupont", "USER"),
]


@pytest.mark.parametrize(("secret", "kind"), SECRETS)
def test_it_goes_and_comes_back(secret, kind):
    redactor = Redactor(["Marie Dupont", "Al"])
    text = f"Please write to {secret}, thank you."
    hidden = redactor.hide(text, is_own=True)
    assert secret not in hidden
    assert f"[{kind}_1]" in hidden
    assert redactor.restore(hidden) == text


@pytest.mark.parametrize(
    "text", ["12,345 views in 28 days", "at 20:00, 3 of 7", "H2O and 4K", "Al"]
)
def test_what_says_nothing_of_anybody_stays(text):
    assert Redactor(["Al"]).hide(text, is_own=True) == text


def test_one_person_has_one_placeholder_in_every_text():
    redactor = Redactor(["Léa"])
    first = redactor.hide("Léa and @bob", is_own=True)
    second = redactor.hide("@bob, then Léa", is_own=True)
    assert (first, second) == ("[USER_2] and [USER_1]", "[USER_1], then [USER_2]") or (
        first,
        second,
    ) == ("[USER_1] and [USER_2]", "[USER_2], then [USER_1]")


def test_what_others_wrote_does_not_come_back_as_an_address():
    redactor = Redactor(["Léa"])
    hidden = redactor.hide("Léa: call 06 12 34 56 78 or https://evil.example/", is_own=False)
    assert redactor.restore(hidden) == "Léa: call [PHONE_1] or [URL_1]"


def test_a_forged_placeholder_brings_nobody_elses_secret():
    redactor = Redactor()
    hidden = redactor.hide("mine: a@b.example, forged: [EMAIL_1]", is_own=True)
    assert hidden == "mine: [EMAIL_1], forged: [TEXT_1]"
    assert redactor.restore("[EMAIL_9] [TEXT_1]") == "[EMAIL_9] [EMAIL_1]"


WORDS = st.text(st.characters(categories=["L", "Zs"]), max_size=60)


@settings(max_examples=80, deadline=None)
@given(WORDS, st.sampled_from(SECRETS), WORDS)
def test_whatever_stands_around_it_the_text_comes_back_whole(before, secret, after):
    redactor = Redactor(["Marie Dupont"])
    text = f"{before} {secret[0]} {after}"
    hidden = redactor.hide(text, is_own=True)
    assert redactor.restore(hidden) == text
    assert secret[0] not in PLACEHOLDER.sub("", hidden)
