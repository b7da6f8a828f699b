"""Only the scoring worker may load a model runtime: pages, relay and beat stay light."""

import subprocess
import sys

import pytest

from tests.stack import ROOT

HEAVY = ("torch", "transformers", "onnxruntime", "tokenizers", "google.genai")


@pytest.mark.parametrize("module", ["creator_ai.asgi", "creator_ai.wsgi", "creator_ai.celery"])
def test_it_loads_no_model(module: str) -> None:
    code = (
        "import os, sys, importlib\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'creator_ai.settings'\n"
        f"importlib.import_module({module!r})\n"
        "from django.urls import get_resolver\n"
        "import django; django.setup()\n"
        "for conf in ('creator_ai.urls_public', 'creator_ai.urls_workspace'):\n"
        "    get_resolver(conf).url_patterns\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
