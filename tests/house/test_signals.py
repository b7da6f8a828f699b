"""README's catalogue of facts and the rooms' signals are the same list."""

import re
from importlib import import_module

from django.dispatch import Signal

from tests.stack import ROOT

ROOMS = ("accounts", "integrations", "ai_agents", "harassment")


def test_the_catalogue_names_every_signal() -> None:
    declared = set()
    for room in ROOMS:
        if (ROOT / room / "signals.py").exists():
            module = import_module(f"{room}.signals")
            declared |= {
                f"{room}.signals.{name}"
                for name, value in vars(module).items()
                if isinstance(value, Signal)
            }
    text = (ROOT / "README.md").read_text()
    assert declared == set(re.findall(r"`(\w+\.signals\.\w+)`", text))
    assert 0 < len(declared) <= 8
