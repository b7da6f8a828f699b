"""Readers of environment variables: typed, and loud about the one that is wrong."""

import os
from pathlib import Path

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class ConfigurationError(RuntimeError):
    """An environment variable is missing or unusable; the message names it and the way out."""


def env_str(name: str, *, default: str | None = None) -> str:
    """Return the variable, or the default; without a default the variable must be set."""
    value = os.environ.get(name)
    if value is not None:
        return value
    if default is None:
        message = f"{name} is not set. Set it in the environment and start again."
        raise ConfigurationError(message)
    return default


def env_bool(name: str, *, default: bool) -> bool:
    """Return the variable as a boolean (1/0, true/false, yes/no, on/off, any case)."""
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    message = f"{name} must be true or false, not {value!r}."
    raise ConfigurationError(message)


def env_int(name: str, *, default: int | None = None) -> int:
    """Return the variable as a whole number; without a default it must be set."""
    value = os.environ.get(name)
    if value is None or not value.strip():
        if default is None:
            message = f"{name} is not set. Set it to a whole number and start again."
            raise ConfigurationError(message)
        return default
    try:
        return int(value)
    except ValueError:
        message = f"{name} must be a whole number, not {value!r}."
        raise ConfigurationError(message) from None


def env_list(name: str, *, default: list[str] | None = None) -> list[str]:
    """Return the variable split at commas, blanks and empty items removed."""
    value = os.environ.get(name)
    if value is None:
        return list(default or [])
    return [item.strip() for item in value.split(",") if item.strip()]


def env_secret(name: str, *, default: str | None = None) -> str:
    """Return a secret from `NAME`, or from the file that `NAME_FILE` points at.

    Files are how containers and service managers hand secrets over without showing them in a
    process listing. Both variables at once are refused: nobody could say which one is meant.
    The message never contains the value.
    """
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return env_str(name, default=default)
    if os.environ.get(name):
        message = f"Both {name} and {name}_FILE are set. Keep one of them."
        raise ConfigurationError(message)
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"{name}_FILE points at {path}, which cannot be read: {reason}."
        raise ConfigurationError(message) from error
