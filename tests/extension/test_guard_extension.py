"""What the extension may: few permissions, no code from elsewhere, two languages."""

import base64
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from integrations import extension

ROOT = Path(__file__).resolve().parents[2] / "static" / "extension"
MANIFEST = json.loads((ROOT / "manifest.json").read_text())
FILES = sorted(path for path in ROOT.rglob("*") if path.is_file())
CODE = [path for path in FILES if path.suffix in {".js", ".html"}]
WORDS = {
    path.parent.name: json.loads(path.read_text()) for path in ROOT.glob("_locales/*/messages.json")
}


def test_it_asks_for_little():
    assert MANIFEST["manifest_version"] == 3
    assert MANIFEST["permissions"] == ["activeTab", "scripting", "storage"]
    assert not {"host_permissions", "content_scripts", "background", "web_accessible_resources"} & {
        *MANIFEST
    }
    assert MANIFEST["optional_host_permissions"] == [
        "https://*/*",
        "http://localhost/*",
        "http://*.localhost/*",
    ]


def test_its_pages_run_its_own_code_alone():
    policy = dict(
        part.strip().split(" ", 1)
        for part in MANIFEST["content_security_policy"]["extension_pages"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["form-action"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_the_server_knows_its_name():
    told = hashlib.sha256(base64.b64decode(MANIFEST["key"])).hexdigest()[:32]
    name = "".join(chr(ord("a") + int(digit, 16)) for digit in told)
    (ours,) = settings.CAPTURE_ORIGINS
    assert ours == f"chrome-extension://{name}"


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_file_reaches_elsewhere_or_runs_text(path):
    text = path.read_text()
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
    assert not re.search(
        r"\b(?:eval|importScripts)\(|new Function|import\(|innerHTML|outerHTML", text
    )
    assert not re.search(r"insertAdjacentHTML|document\.write|XMLHttpRequest|sendBeacon", text)
    assert not re.search(r"\son\w+=|<script>|<style|style=", text)
    assert "setInterval" not in text
    assert "MutationObserver" not in text


def test_only_one_place_sends():
    senders = [path.name for path in CODE if re.search(r"\bfetch\b", path.read_text())]
    assert senders == ["batch.js", "popup.js"]
    assert "fetch" not in (ROOT / "pick.js").read_text()


def test_every_file_that_is_named_exists():
    names = {path.relative_to(ROOT).as_posix() for path in FILES}
    for path in CODE:
        named = re.findall(r"(?:src|href)=\"([^\"]+)\"", path.read_text())
        named += re.findall(r"\"(\w+\.js)\"", path.read_text())
        assert set(named) <= names, path.name
    assert {MANIFEST["action"]["default_popup"], MANIFEST["options_ui"]["page"]} <= names


def test_it_speaks_both_languages():
    assert set(WORDS) == {"en", "fr"}
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    for name, told in WORDS["en"].items():
        assert told.get("placeholders") == WORDS["fr"][name].get("placeholders"), name
        assert told["message"]
        assert WORDS["fr"][name]["message"] not in {"", told["message"]}, name


def test_every_word_is_there_and_used():
    code = "".join(path.read_text() for path in CODE)
    asked = set(re.findall(r"data-text=\"(\w+)\"|\b(?:say|tell)\(\"(\w+)\"", code))
    asked = {name for pair in asked for name in pair if name}
    assert asked <= WORDS["en"].keys()
    manifest = set(re.findall(r"__MSG_(\w+)__", json.dumps(MANIFEST)))
    problems = set(re.findall(r"\"(\w+)\"", (ROOT / "batch.js").read_text()))
    assert WORDS["en"].keys() <= asked | manifest | problems


def test_it_can_be_taken_home():
    data = extension.packed()
    assert data == extension.packed()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
        manifest = json.loads(archive.read("aura-capture/manifest.json"))
    assert manifest == MANIFEST
    assert names == {f"aura-capture/{path.relative_to(ROOT).as_posix()}" for path in FILES}
