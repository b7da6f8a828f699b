"""The extension's pure functions under node's own test runner."""

import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")


def test_the_pure_functions_of_the_extension() -> None:
    if NODE is None:
        message = "EXTENSION TESTS SKIPPED: no node on this machine (version 20 or newer)."
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    done = subprocess.run(
        [NODE, "--test", *map(str, sorted(HERE.glob("*.test.mjs")))],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "\n# fail 0" in done.stdout
    assert "\n# pass 0" not in done.stdout
