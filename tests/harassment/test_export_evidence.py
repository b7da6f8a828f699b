"""Evidence leaves only when a person asks, whole, and every later change of it is found."""

import base64
import csv
import functools
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, LiveEvent, Membership, Role
from accounts.spreadsheets import neutral
from harassment import signing, timestamps
from harassment.exports import archive, making, verify
from harassment.exports.glyphs import MOST_NAMES, drawable, pieces, plain
from harassment.models import Case, Evidence, ExportedEvidence
from harassment.services import exports, sealing
from harassment.services.evidence import Capture, erase, seal
from tests.harassment.conftest import INSULT

ARABIC, HEBREW = "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd"
HOSTILE = (
    f'{INSULT} =HYPERLINK("http://evil") #import "x" *b* $x$ \\u{{202e}} {ARABIC} {HEBREW} '
    "\U0001f600\u200d\U0001f525 \u202edrow \u00e9 \u6f22"
)
WHERE = "/harassment/cases/{}/export/"


@pytest.fixture(autouse=True)
def _own_key_and_files(settings, tmp_path):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def case(arrive) -> Case:
    """Three sealed comments, one of them hostile to every reader."""
    for number, text in enumerate((INSULT, HOSTILE, f"{INSULT} 3")):
        arrive(
            text,
            author_external_id="UCx",
            author_handle="=1+1" if number else "@x",
            raw={"n": 1.5, "deep": {"\u00e9": [1, None, "\u2028"]}},
        )
    return Case.objects.get()


@pytest.fixture
def quick_pdf(monkeypatch):
    """No typesetter: its own test asks it."""
    monkeypatch.setattr(
        making, "_typeset", lambda folder, goes_on: (folder / "evidence.pdf").write_bytes(b"%PDF")
    )


@pytest.fixture
def exported(case, client_for, bob, lumen, run_jobs, tmp_path: Path, quick_pdf) -> Path:
    """The ZIP that a person asked for and took."""
    sealing.seal_day(day=timezone.now().date())
    run_jobs()
    client = client_for(bob, lumen)
    asked = client.post(WHERE.format(case.code), {"recipient": "Me Durand"})
    assert asked.status_code == 302
    run_jobs()
    run = ExportedEvidence.objects.get()
    assert (run.state, run.error) == ("done", "")
    answer = client.get(f"/harassment/exports/{run.code}/")
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(answer.streaming_content))
    assert archive.sha256_of(path) == (run.sha256, run.size)
    return path


@pytest.fixture
def repack(exported, tmp_path: Path):
    """`repack(**{"chain.txt": edit})`: the export with files changed by functions of bytes."""

    def build(**edits):
        folder = tmp_path / "again"
        shutil.rmtree(folder, ignore_errors=True)
        with zipfile.ZipFile(exported) as zipped:
            zipped.extractall(folder)
            names = zipped.namelist()
        for name, edit in edits.items():
            (folder / name).write_bytes(edit((folder / name).read_bytes()))
        target = tmp_path / "doctored.zip"
        with target.open("wb") as file:
            archive.pack(folder, names, file)
        return target

    return build


@pytest.fixture
def resign(repack):
    """As repack, but by a forger who also makes manifest and signature anew, with the real key."""

    def build(**edits):
        def manifest(_):
            folder = path.parent / "again"
            return verify.canonical(
                {"format": "aura-export/1", "key": signing.public_key(), "files": {
                    name: archive.sha256_of(folder / name)[0] for name in verify.FILES}}
            )  # fmt: skip

        path = repack(**edits)
        new = manifest(b"")
        return repack(**edits, **{
            "manifest.json": lambda _: new,
            "manifest.sig": lambda _: signing.sign(new).encode(),
        })  # fmt: skip

    return build


def problems(path: Path) -> str:
    report = verify.verify(str(path))
    assert not report.is_intact
    return "\n".join(report.problems)


def test_it_is_intact_and_tells_whose_it_is(exported):
    report = verify.verify(str(exported), signing.public_key())
    assert (report.problems, report.is_readable) == ([], True)
    assert report.facts["made for"] == "Me Durand"
    assert report.facts["links"] == "3"
    assert "not qualified" in report.facts["timestamps from"]
    assert report.facts["timestamp.tsr"].endswith("Z")
    day = timezone.now().date().isoformat()
    assert report.facts[f"seal of {day}"]
    assert not verify.verify(str(exported), "ab" * 32).is_intact


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_a_bare_python_checks_it_in_an_empty_folder(exported, tmp_path, form):
    empty = tmp_path / "empty"
    with zipfile.ZipFile(exported) as zipped:
        zipped.extractall(empty)
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    command = [python, "-I", "-S", "verify.py", *([str(exported)] if form == "zip" else [])]
    done = subprocess.run(command, cwd=empty, capture_output=True, text=True, env={}, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "INTACT" in done.stdout
    (empty / "chain.txt").write_bytes((empty / "chain.txt").read_bytes()[:-1])
    done = subprocess.run(
        [python, "-I", "-S", "verify.py"], cwd=empty, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "chain.txt" in done.stdout


def test_every_flipped_byte_is_found_and_named(exported, tmp_path, monkeypatch):
    # The slow arithmetic is asked once for the same question.
    for name in ("ed25519_holds", "check_token"):
        monkeypatch.setattr(verify, name, functools.lru_cache(getattr(verify, name)))
    whole = exported.read_bytes()
    target = tmp_path / "flipped.zip"
    with zipfile.ZipFile(exported) as zipped:
        long = [
            range(info.header_offset + 60, info.header_offset + info.file_size)
            for info in zipped.infolist()
            if info.filename in {"verify.py", "README.txt", "evidence.json"}
        ]
    for position in range(len(whole)):
        if position % (499 if any(position in stretch for stretch in long) else 13):
            continue
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        target.write_bytes(flipped)
        report = verify.verify(str(target))
        assert not report.is_intact, position
        assert report.problems, position


@pytest.mark.parametrize("size", [0, 1, 100, 5000, -1, -22, -100])
def test_a_cut_file_gets_a_clear_verdict(exported, tmp_path, size, capsys):
    target = tmp_path / "cut.zip"
    target.write_bytes(exported.read_bytes()[:size])
    assert verify.main([str(target)]) == 2
    assert "UNREADABLE" in capsys.readouterr().out
    assert verify.main([str(tmp_path / "missing.zip")]) == 2


def test_a_cut_file_names_where_it_ends(exported, tmp_path):
    whole = exported.read_bytes()
    target = tmp_path / "cut.zip"
    with zipfile.ZipFile(exported) as zipped:
        infos = zipped.infolist()
    for info in infos:
        target.write_bytes(whole[: info.header_offset + 40 + info.file_size // 2])
        assert verify.verify(str(target)).problems == [
            f"container: cut off in or behind {info.filename}"
        ]
    target.write_bytes(whole[:-30])
    assert verify.verify(str(target)).problems == ["container: cut off in or behind manifest.sig"]
    target.write_bytes(b"PK\3\4 but nothing of ours")
    assert not verify.verify(str(target)).is_readable


def test_a_file_taken_out_put_in_or_moved_is_named(exported, tmp_path):
    with zipfile.ZipFile(exported) as zipped:
        zipped.extractall(tmp_path / "f")
        names = zipped.namelist()
    (tmp_path / "f" / "extra.txt").write_bytes(b"x")
    target = tmp_path / "changed.zip"
    for changed, said in (
        (names[:3] + names[4:], f"{names[3]}: deleted"),
        ([*names[:3], "extra.txt", *names[3:]], "extra.txt: inserted"),
        ([*names[:3], names[4], names[3], *names[5:]], "reordered"),
        ([*names, names[3]], "there are two"),
    ):
        with target.open("wb") as file:
            archive.pack(tmp_path / "f", changed, file)
        assert said in problems(target)


def lines_of(raw: bytes) -> list[bytes]:
    return raw.split(b"\n")[:-1]


def test_links_taken_out_put_in_moved_and_dated_anew_are_named(resign):
    def edited(edit):
        return resign(**{"chain.txt": lambda raw: b"".join(l + b"\n" for l in edit(lines_of(raw)))})  # noqa: E741

    assert "link 2: does not follow" in problems(edited(lambda ls: [ls[0], ls[2]]))
    assert "its end is not the one" in problems(edited(lambda ls: ls[:2]))
    assert "link 3: does not follow" in problems(edited(lambda ls: [*ls[:2], ls[0], ls[2]]))
    assert "calls itself number 3" in problems(edited(lambda ls: [ls[0], ls[2], ls[1]]))
    year = str(timezone.now().year).encode()
    redated = edited(lambda ls: [ls[0], ls[1].replace(b'_at":"' + year, b'_at":"2001'), ls[2]])
    assert "link 2: changed" in problems(redated)
    assert "item 2: captured_at was changed" in problems(redated)


def test_a_word_changed_in_an_item_is_named_even_when_signed_again(resign):
    path = resign(**{"evidence.json": lambda raw: raw.replace(INSULT.encode(), b"kind words", 1)})
    assert "item 1: comment.text was changed" in problems(path)
    path = resign(**{"evidence.json": lambda raw: raw.replace(b'"salt":"', b'"pepper":"', 1)})
    assert verify.verify(str(path)).problems or verify.verify(str(path)).remarks


def test_a_chain_written_anew_is_caught_by_the_seal_of_its_day(resign):
    def rewritten(raw: bytes) -> bytes:
        previous, out = verify.GENESIS, b""
        for line in lines_of(raw):
            link = json.loads(line[130:]) | {"captured_at": "2001-01-01T00:00:00+00:00"}
            own = verify.link_hash(previous, link)
            out += f"{previous} {own} ".encode() + verify.canonical(link) + b"\n"
            previous = own
        return out

    assert "was another one on that day" in problems(resign(**{"chain.txt": rewritten}))


def test_another_timestamp_is_named(resign):
    other = timestamps.stamp(b"something else").response
    assert "not about these bytes" in problems(resign(**{"timestamp.tsr": lambda _: other}))
    later = resign(**{"timestamp.tsr": lambda raw: raw.replace(b"\x18\x0f20", b"\x18\x0f19")})
    assert "timestamp.tsr" in problems(later)


def test_openssl_and_another_library_accept_the_timestamp(exported, tmp_path):
    with zipfile.ZipFile(exported) as zipped:
        zipped.extractall(tmp_path / "f")
    if openssl := shutil.which("openssl"):
        done = subprocess.run(
            [openssl, "ts", "-verify", "-in", "timestamp.tsr", "-data", "statement.json",
             "-CAfile", "authority.pem"],
            cwd=tmp_path / "f", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Verification: OK" in done.stdout + done.stderr
    client = pytest.importorskip("rfc3161_client")
    response = client.decode_timestamp_response((tmp_path / "f/timestamp.tsr").read_bytes())
    checker = client.VerifierBuilder().add_root_certificate(signing.authority().root).build()
    assert checker.verify_message(response, (tmp_path / "f/statement.json").read_bytes())


def test_an_erased_item_stays_a_valid_link(exported, case, client_for, bob, lumen, run_jobs):
    erase(evidence=case.evidence.get(sequence=2), reason="asked")
    client = client_for(bob, lumen)
    client.post(WHERE.format(case.code), {"recipient": "Me Durand"})
    run_jobs()
    run = ExportedEvidence.objects.all()[0]
    report = verify.verify(run.file.path, signing.public_key())
    assert report.problems == []
    assert any("item 2: erased on request" in remark for remark in report.remarks)
    assert b"evil" not in Path(run.file.path).read_bytes()


def test_outside_text_is_exact_in_json_and_harmless_in_csv(exported):
    with zipfile.ZipFile(exported) as zipped:
        items = json.loads(zipped.read("evidence.json"))["items"]
        rows = list(csv.DictReader(io.StringIO(zipped.read("evidence.csv").decode("utf-8-sig"))))
    stored = Evidence.objects.get(sequence=2).comment.text
    assert items[1]["fields"]["comment.text"]["value"] == stored
    assert "\U0001f600" in stored
    assert ARABIC in stored
    assert rows[1]["text"] == stored
    assert rows[1]["author_handle"] == "'=1+1"
    for start in ("=", "+", "-", "@", "\t=", "  =", "\uff1d"):
        assert neutral(f"{start}1").startswith("'")
    assert neutral("fine") == "fine"


def test_the_pdf_is_archival_accessible_and_marked(
    case, tmp_path, client_for, bob, lumen, run_jobs
):
    client_for(bob, lumen).post(WHERE.format(case.code), {"recipient": "Me #panic() \U0001f600"})
    run_jobs()
    run = ExportedEvidence.objects.get()
    assert (run.state, run.error) == ("done", "")
    with zipfile.ZipFile(run.file.path) as zipped:
        pdf = zipped.read("evidence.pdf")
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert verify.verify(run.file.path).is_intact


def test_nothing_of_a_text_is_dropped_from_the_pdf():
    assert drawable(f"a\u00e9\n{ARABIC}{HEBREW}") == f"a\u00e9\n{ARABIC}{HEBREW}"
    assert drawable("\u202e\x0b\u200d") == (
        "[U+202E RIGHT-TO-LEFT OVERRIDE][U+000B][U+200D ZERO WIDTH JOINER]"
    )
    assert drawable("\U0001f525") == "[U+1F525 FIRE]"
    assert drawable("\u6f22") == "[U+6F22 CJK UNIFIED IDEOGRAPH-6F22]"
    assert plain("\u00e9") == "[U+00E9 LATIN SMALL LETTER E WITH ACUTE]"
    assert len(drawable("x" * 10_000_000)) == 10_000_000
    for text in (HOSTILE, "\u202e", "a", "", "\u202e" * (MOST_NAMES + 1)):
        assert "".join(piece for piece, _ in pieces(text)) == drawable(text)
    named = [piece for piece, is_name in pieces(f"{ARABIC}\u200d{ARABIC}") if is_name]
    assert named == ["[U+200D ZERO WIDTH JOINER]"]


def test_a_person_is_needed_and_leaves_a_trace(exported, case, bob, lumen):
    actions = list(
        AuditEntry.objects.filter(action__startswith="harassment.export").order_by("pk")
        .values_list("action", "actor_id")
    )  # fmt: skip
    assert actions == [
        ("harassment.export.requested", bob.pk),
        ("harassment.export.done", None),
        ("harassment.export.downloaded", bob.pk),
    ]
    assert LiveEvent.objects.filter(name="exports").exists()
    run = ExportedEvidence.objects.get()
    assert (run.recipient, run.item_count, run.actor_label) == ("Me Durand", 3, "Bob")
    exports.build_export(code=str(run.code))  # a second hint of the queue changes nothing
    assert ExportedEvidence.objects.get().sha256 == run.sha256


def test_it_is_listed_and_fails_closed(nova, nina, exported, case, client_for, vera, bob, lumen):
    run = ExportedEvidence.objects.get()
    url = f"/harassment/exports/{run.code}/"
    page = client_for(vera, lumen).get(f"/harassment/cases/{case.code}/exports/").content.decode()
    assert "Me Durand" in page
    assert url not in page
    assert "zorglub" not in page
    assert client_for(vera, lumen).get(url).status_code == 403
    assert client_for(nina, nova).get(url).status_code == 404
    with tenancy.public():
        Membership.objects.filter(user=bob).update(role=Role.HELPER)
    assert client_for(bob, lumen).get(url).status_code == 403
    assert (
        client_for(bob, lumen).post(WHERE.format(case.code), {"recipient": "x"}).status_code == 403
    )
    ExportedEvidence.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client_for(nina, lumen).get(url).status_code == 404
    assert exports.expire_exports() == 1
    assert not list(Path(case.exports.get().file.storage.location).glob("*.zip"))
    assert ExportedEvidence.objects.get().sha256 == run.sha256


def test_it_can_be_stopped_and_says_why_it_failed(case, client_for, bob, lumen, run_jobs, settings):
    client = client_for(bob, lumen)
    client.post(WHERE.format(case.code), {"recipient": "A"})
    again = client.post(WHERE.format(case.code), {"recipient": "B"}, follow=True)
    assert "is being made" in again.content.decode()
    run = ExportedEvidence.objects.get()
    client.post(f"/harassment/exports/{run.code}/cancel/")
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.file.name) == ("cancelled", "")
    settings.EVIDENCE_KEY = ""
    client.post(WHERE.format(case.code), {"recipient": "C"})
    run_jobs()
    assert ExportedEvidence.objects.all()[0].state == "failed"
    page = client.get(f"/harassment/cases/{case.code}/exports/").content.decode()
    assert "no signing key" in page
    assert client.post(WHERE.format(case.code), {"recipient": ""}).status_code == 422


def test_what_is_sealed_later_is_not_in_it(case, client_for, bob, lumen, run_jobs, quick_pdf):
    client_for(bob, lumen).post(WHERE.format(case.code), {"recipient": "A"})
    comment = case.incidents.first().comment
    seal(captures=[Capture(comment, case, Evidence.Reason.EDIT)])
    run_jobs()
    run = ExportedEvidence.objects.get()
    assert verify.verify(run.file.path).facts["links"] == "3"


def test_the_command_checks_with_the_same_code(exported, capsys):
    call_command("evidence_verify", str(exported))
    assert "INTACT" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="1"):
        call_command("evidence_verify", str(exported), key="ab" * 32)
    with pytest.raises(SystemExit, match="2"):
        call_command("evidence_verify", __file__)


def test_the_command_erases_on_request(case, capsys):
    where = ("--workspace", "lumen", "--case", str(case.number), "--reason", "asked")
    call_command("evidence_erase", *where, "--item", "1", "--field", "author.name")
    assert "erased: author.name" in capsys.readouterr().out
    with pytest.raises(CommandError, match="No such item"):
        call_command("evidence_erase", *where, "--item", "99")


def test_the_list_asks_the_same_number_of_questions_for_one_and_for_many(
    case, client_for, bob, lumen
):
    def copy(number: int) -> None:
        ExportedEvidence.objects.create(
            case=case, recipient=f"{number}", language="en", actor_id=bob.pk, actor_label="Bob",
            state="done", expires_at=timezone.now() + timedelta(days=1), sha256="a" * 64,
        )  # fmt: skip

    counts = []
    for rows in range(0, 12, 6):
        for number in range(rows):
            copy(number)
        client = client_for(bob, lumen)
        client.get(f"/harassment/cases/{case.code}/exports/")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/harassment/cases/{case.code}/exports/")
        counts.append(len([q for q in asked if not q["sql"].startswith(("SET ", "SAVEPOINT"))]))
    assert counts[0] == counts[1] <= 8
