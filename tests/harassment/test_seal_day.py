"""Every day has one seal, and every seal a timestamp of an authority that answers truly."""

import base64
import http.server
import json
import struct
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from harassment import signing, timestamps
from harassment.chain import merkle_path, merkle_root
from harassment.exports import verify
from harassment.models import Case, Evidence, EvidenceSeal, EvidenceStamp
from harassment.services import sealing
from harassment.services.evidence import Capture, seal
from tests.factories import make_comment
from tests.harassment.conftest import INSULT


@pytest.fixture(autouse=True)
def _own_key(settings):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def case(arrive) -> Case:
    """A case of one sealed comment."""
    arrive(INSULT)
    return Case.objects.get()


def test_a_day_is_sealed_once_and_stamped_once(case, account, lumen, run_jobs):
    seal(captures=[Capture(make_comment(account), None, Evidence.Reason.ACTION)])
    today = timezone.now().date()
    for _ in range(2):
        sealing.seal_day(day=today)
        run_jobs()
    stored = EvidenceSeal.objects.get()
    assert json.loads(stored.statement)["size"] == 2
    assert EvidenceStamp.objects.get().authority == signing.LOCAL_NAME
    sealing.stamp_seal(seal_id=stored.pk)
    assert EvidenceStamp.objects.count() == 1
    assert sealing.seal_day(day=today + timedelta(days=1)) is None
    assert sealing.promise_seals() == 0


def test_a_tree_of_any_size_proves_each_leaf():
    for size in range(1, 20):
        leaves = [struct.pack(">I", n) for n in range(size)]
        root = merkle_root(leaves)
        for index in range(size):
            path = merkle_path(index, leaves)
            assert verify.root_from_path(leaves[index], index, size, path) == root
            for wrong in (path[:-1], [*path, root]):
                if wrong == path:
                    continue
                try:
                    found = verify.root_from_path(leaves[index], index, size, wrong)
                except ValueError:
                    continue
                assert found != root


@pytest.fixture
def elsewhere(settings):
    """`elsewhere(answer)`: an authority over HTTP; `answer(query)` gives status and body."""
    servers = []

    def start(answer) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = answer(query)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        settings.AURA_TSA_URL = f"http://127.0.0.1:{server.server_port}/tsa"
        settings.TSA_TIMEOUT_SECONDS = 3.0

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_another_authority_is_asked_over_http(elsewhere, settings):
    def good(query: bytes) -> tuple[int, bytes]:
        nonce = int.from_bytes(verify._Der(query).parts()[2].body, "big")
        return 200, timestamps._answer(b"message", nonce)

    elsewhere(good)
    got = timestamps.stamp(b"message")
    assert got.authority == settings.AURA_TSA_URL
    _, unchecked = verify.check_token(got.response, b"message", "")
    assert unchecked == ["who issued its certificate"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (500, b""),
        lambda _: (200, b""),
        lambda _: (200, b"<html>" * 100),
        lambda _: (200, b"0" * 200_000),
        lambda _: (200, timestamps._answer(b"message", 12345)),  # an old answer, replayed
        lambda _: (200, timestamps._answer(b"another", 12345)),
    ],
)
def test_a_bad_answer_of_an_authority_is_refused(elsewhere, answer):
    elsewhere(answer)
    with pytest.raises(timestamps.StampError):
        timestamps.stamp(b"message")


def test_a_seal_waits_for_an_authority_that_is_away(case, settings, run_jobs):
    settings.AURA_TSA_URL = "http://127.0.0.1:1/"
    sealing.seal_day(day=timezone.now().date())
    run_jobs()
    assert EvidenceStamp.objects.count() == 0
    settings.AURA_TSA_URL = ""
    run_jobs(later=True, rounds=3)
    assert EvidenceStamp.objects.count() == 1
