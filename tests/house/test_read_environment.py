"""Readers of environment variables: right types, and errors that name the variable."""

from pathlib import Path

import pytest

from creator_ai.env import (
    ConfigurationError,
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
)


@pytest.mark.parametrize(
    ("word", "value"), [("1", True), ("Yes", True), (" on ", True), ("FALSE", False), ("", False)]
)
def test_it_reads_booleans(monkeypatch: pytest.MonkeyPatch, word: str, value: bool) -> None:
    monkeypatch.setenv("AURA_X", word)
    assert env_bool("AURA_X", default=not value) is value


def test_it_falls_back_to_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AURA_X", raising=False)
    assert env_bool("AURA_X", default=True) is True
    assert env_int("AURA_X", default=3) == 3
    assert env_str("AURA_X", default="a") == "a"
    assert env_list("AURA_X", default=["a"]) == ["a"]
    assert env_secret("AURA_X", default="") == ""


def test_it_splits_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_X", " a, ,b ,")
    assert env_list("AURA_X") == ["a", "b"]


def test_it_names_the_variable_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_X", "many")
    with pytest.raises(ConfigurationError, match=r"AURA_X must be a whole number, not 'many'"):
        env_int("AURA_X", default=1)
    with pytest.raises(ConfigurationError, match=r"AURA_X must be true or false"):
        env_bool("AURA_X", default=True)
    monkeypatch.delenv("AURA_X")
    for reader in (env_str, env_int, env_secret):
        with pytest.raises(ConfigurationError, match="AURA_X is not set"):
            reader("AURA_X")


def test_it_reads_a_secret_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret \n", encoding="utf-8")
    monkeypatch.delenv("AURA_X", raising=False)
    monkeypatch.setenv("AURA_X_FILE", str(tmp_path / "secret"))
    assert env_secret("AURA_X") == "s3cret "


def test_it_refuses_a_secret_given_twice_or_unreadable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AURA_X", "one-secret")
    monkeypatch.setenv("AURA_X_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="Both AURA_X and AURA_X_FILE") as caught:
        env_secret("AURA_X")
    assert "one-secret" not in str(caught.value)
    monkeypatch.delenv("AURA_X")
    with pytest.raises(ConfigurationError, match=r"AURA_X_FILE points at .*No such file"):
        env_secret("AURA_X", default="")
