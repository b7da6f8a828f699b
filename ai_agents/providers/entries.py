"""The chain as the operator wrote it: each entry ready, disabled or misconfigured, and why."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from django.conf import settings

State = Literal["ready", "disabled", "misconfigured"]
AZURE_API_VERSION = "2024-08-01-preview"
AZURE_SLOTS = ("blue", "green")


@dataclass(frozen=True)
class Entry:
    """One place to ask. `model` is what the call names: for Azure its deployment."""

    provider: str
    name: str
    state: State
    reason: str = ""
    model: str = ""
    endpoint: str = ""  # empty: the provider's own address
    api_version: str = ""
    key: str = field(default="", repr=False)

    @property
    def deployment(self) -> str:
        """How the chain names it, and every row about it: `gemini:…`, `azure:blue`."""
        return f"{self.provider}:{self.name}"

    @property
    def is_local(self) -> bool:
        """Whether text sent there stays with the operator."""
        return self.provider == "local"


def read_entries(
    chain: str | None = None, environment: Mapping[str, str] | None = None
) -> list[Entry]:
    """The entries of AI_PROVIDER_CHAIN in order, without asking anybody.

    The environment is read now, so a rotated key counts from the next request on.
    """
    values = os.environ if environment is None else environment
    found = []
    for written in (settings.AI_PROVIDER_CHAIN if chain is None else chain).split(","):
        provider, _, name = written.strip().partition(":")
        if provider or name:
            found.append(_read(provider.strip(), name.strip(), values))
    return found


def _read(provider: str, name: str, values: Mapping[str, str]) -> Entry:
    if not name:
        return Entry(provider, name, "misconfigured", "Write provider:model, for example openai:…")
    match provider:
        case "gemini":
            key = _secret(values, "GEMINI_API_KEY") or _secret(values, "GOOGLE_API_KEY")
            return _keyed(provider, name, key, values.get("GEMINI_BASE_URL", ""), "GEMINI_API_KEY")
        case "openai":
            key = _secret(values, "OPENAI_API_KEY")
            return _keyed(provider, name, key, values.get("OPENAI_BASE_URL", ""), "OPENAI_API_KEY")
        case "anthropic":
            key = _secret(values, "ANTHROPIC_API_KEY")
            base = values.get("ANTHROPIC_BASE_URL", "")
            return _keyed(provider, name, key, base, "ANTHROPIC_API_KEY")
        case "azure":
            return _azure(name, values)
        case "local":
            base = values.get("LOCAL_LLM_BASE_URL", "")
            if not base:
                return Entry(provider, name, "disabled", "LOCAL_LLM_BASE_URL is not set.")
            key = _secret(values, "LOCAL_LLM_API_KEY") or "none"
            return Entry(provider, name, "ready", model=name, endpoint=base, key=key)
        case _:
            return Entry(provider, name, "misconfigured", f"No provider is called {provider!r}.")


def _keyed(provider: str, name: str, key: str, base: str, variable: str) -> Entry:
    if not key:
        return Entry(provider, name, "disabled", f"{variable} is not set.")
    return Entry(provider, name, "ready", model=name, endpoint=base, key=key)


def _azure(slot: str, values: Mapping[str, str]) -> Entry:
    if slot not in AZURE_SLOTS:
        return Entry("azure", slot, "misconfigured", "Azure has the slots blue and green.")

    def value(name: str, *, secret: bool = False) -> str:
        read = _secret if secret else lambda where, variable: where.get(variable, "")
        found = read(values, f"AZURE_OPENAI_{slot.upper()}_{name}")
        # The plain names are the older contract; they fill the blue slot.
        return found or (read(values, f"AZURE_OPENAI_{name}") if slot == "blue" else "")

    key, endpoint, model = value("API_KEY", secret=True), value("ENDPOINT"), value("DEPLOYMENT")
    prefix = f"AZURE_OPENAI_{slot.upper()}_"
    if not key:
        return Entry("azure", slot, "disabled", f"{prefix}API_KEY is not set.")
    missing = [
        prefix + name
        for name, found in (("ENDPOINT", endpoint), ("DEPLOYMENT", model))
        if not found
    ]
    if missing:
        reason = f"A key is set, but not {' and '.join(missing)}."
        return Entry("azure", slot, "misconfigured", reason)
    version = value("API_VERSION") or AZURE_API_VERSION
    return Entry("azure", slot, "ready", "", model, endpoint, version, key)


def _secret(values: Mapping[str, str], name: str) -> str:
    """A secret from `NAME`, or from the file `NAME_FILE` points at; empty when neither can be."""
    if path := values.get(f"{name}_FILE"):
        try:
            return Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""
    return values.get(name, "").strip()
