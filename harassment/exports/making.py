"""Makes the files of an export in a folder of its own, and the ZIP around them."""

import base64
import csv
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files import File
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import tenancy
from harassment import signing, timestamps
from harassment.chain import canonical, leaf, leaf_of, merkle_path, utc
from harassment.exports import archive, document, tables
from harassment.exports.glyphs import drawable
from harassment.exports.items import chain_line, item_of
from harassment.exports.typesetter import STEP_SECONDS, Cancelled, typeset
from harassment.exports.verify import FILES, MANIFEST, SIGNATURE
from harassment.models import CaseMerge, Evidence, EvidenceSeal, ExportedEvidence
from harassment.queries.exhibit import exhibit_data

HERE = Path(__file__).parent
BATCH = 100  # items between two looks at whether a person cancelled

GoesOn = Callable[[int], bool]


class Made(NamedTuple):
    """A finished ZIP, open for reading while `make` lasts."""

    file: "File[bytes]"
    size: int
    sha256: str


@contextmanager
def make(run: ExportedEvidence, goes_on: GoesOn) -> Iterator[Made]:
    """The ZIP of a case's first `run.item_count` items; all traces on disk go when it ends.

    `goes_on(items)` is told how far it is and answers whether to go on. Raises Cancelled,
    TypesetError, TooLargeError, StampError, NoSigningKey.
    """
    with (
        tempfile.TemporaryDirectory(prefix="aura-export-") as name,
        translation.override(run.language),
    ):
        folder = Path(name)
        now = timezone.now()
        facts = _facts(run, utc(now) or "")
        rows = _write_items(folder, run, facts, goes_on)
        hashes = {row.sequence: row.hash for row in rows}
        _write_json(folder / "seals.json", {"seals": _seals(run, hashes)})
        (folder / "public_key.txt").write_text(f"{signing.public_key()}\nEd25519\n", "utf-8")
        (folder / "authority.pem").write_text(signing.authority().pem, "utf-8")
        shutil.copyfile(HERE / "verify.py", folder / "verify.py")
        readme = (HERE / "README.txt").read_text("utf-8")
        (folder / "README.txt").write_text(readme.format(**facts), "utf-8")
        _typeset(folder, lambda: goes_on(run.item_count))
        _attest(folder, facts, (rows[-1].sequence, rows[-1].hash))
        target = folder / "export.zip"
        with target.open("wb") as packed:
            archive.pack(folder, [*FILES, MANIFEST, SIGNATURE], packed)
        digest, size = archive.sha256_of(target)
        with target.open("rb") as packed:
            yield Made(File(packed), size, digest)


def _facts(run: ExportedEvidence, made_at: str) -> dict[str, Any]:
    return {
        "export": str(run.code),
        "workspace": tenancy.current_workspace().name,
        "case": run.case.label,
        "case_code": str(run.case.code),
        "recipient": run.recipient,
        "made_at": made_at,
        "made_by": run.actor_label,
        "items": run.item_count,
        "key": signing.public_key(),
        "authority": timestamps.name(),
        "merges": _merges(run),
    }


def _merges(run: ExportedEvidence) -> list[dict[str, Any]]:
    """Which cases this one was merged into or took in: their evidence is in their own exports."""
    merges = CaseMerge.objects.filter(Q(source=run.case) | Q(target=run.case))
    return [
        {
            "case": merge.source.label,
            "into": merge.target.label,
            "at": utc(merge.at),
            "undone_at": utc(merge.undone_at),
        }
        for merge in merges.select_related("source", "target").order_by("pk")
    ]


class _Row(NamedTuple):
    sequence: int
    hash: str


def _write_items(
    folder: Path, run: ExportedEvidence, facts: dict[str, Any], goes_on: GoesOn
) -> list[_Row]:
    """chain.txt, evidence.json, evidence.csv and the data of the PDF, in one pass over the rows."""
    sealed = Evidence.objects.filter(case=run.case, sequence__lte=run.item_count)
    rows = sealed.select_related("content").order_by("sequence").iterator(chunk_size=BATCH)
    written: list[_Row] = []
    parts: list[dict[str, Any]] = []
    seen = exhibit_data(run.case, until=run.item_count) if run.case.is_wave else None
    told = time.monotonic()
    with (
        (folder / "chain.txt").open("wb") as chain,
        (folder / "evidence.json").open("wb") as exact,
        (folder / "evidence.csv").open("w", encoding="utf-8-sig", newline="") as cells,
    ):
        writer = csv.writer(cells)
        writer.writerow(tables.COLUMNS)
        exact.write(b'{"exhibit":' + canonical(seen) + b',"export":' + canonical(facts))
        exact.write(b',"items":[')
        for number, row in enumerate(rows):
            item = item_of(row)
            chain.write(chain_line(row))
            exact.write((b",\n" if number else b"\n") + canonical(item))
            writer.writerow(tables.row(item))
            parts.append(document.item_part(item, drawable))
            written.append(_Row(row.sequence, row.hash))
            if time.monotonic() - told > STEP_SECONDS:
                told = time.monotonic()
                if not goes_on(len(written)):
                    raise Cancelled
        exact.write(b"\n]}\n")
    _write_json(folder / "data.json", _document(facts, parts, seen))
    return written


def _document(
    facts: dict[str, Any], parts: list[dict[str, Any]], seen: dict[str, Any] | None
) -> dict[str, Any]:
    watermark = _("Copy for %(recipient)s") % {"recipient": drawable(facts["recipient"])}
    told = [
        (_("Made for"), facts["recipient"]),
        (_("Made (UTC)"), facts["made_at"]),
        (_("Made by"), f"{facts['made_by']}, {facts['workspace']}"),
        (_("Items"), facts["items"]),
        (_("Signed with the key"), facts["key"]),
        (_("Timestamp from"), facts["authority"]),
        *(
            (
                _("Merged (UTC)"),
                _("%(case)s into %(into)s, %(when)s. Each has a chain and exports of its own.")
                % {"case": merge["case"], "into": merge["into"], "when": merge["at"]},
            )
            for merge in facts["merges"]
            if not merge["undone_at"]
        ),
    ]
    return {
        "title": _("Evidence of case %(case)s") % {"case": facts["case"]},
        "author": "Aura",
        "language": translation.get_language() or "en",
        "watermark": f"{watermark} · {facts['case']} · {facts['export'][:8]}",
        "attached": _("The same evidence, exact, for machines"),
        "verifier": _("Checks the whole export on any computer with Python"),
        "facts": [document.fact(label, text, drawable) for label, text in told],
        "limits_title": _("What this evidence does not show"),
        "limits": document.limits(),
        "exhibit": seen and document.exhibit_part(seen),
        "items": parts,
    }


def _typeset(folder: Path, goes_on: Callable[[], bool]) -> None:
    """evidence.pdf, with the exact evidence and its verifier attached."""
    with tempfile.TemporaryDirectory(prefix="aura-typeset-") as name:
        room = Path(name)
        for file in ("evidence.json", "verify.py", "data.json"):
            shutil.copyfile(folder / file, room / file)
        shutil.copyfile(typeset(room, "evidence", goes_on), folder / "evidence.pdf")


def _seals(run: ExportedEvidence, hashes: dict[int, str]) -> list[dict[str, Any]]:
    """The first daily seal over each state of this chain, with the proof that it is in it."""
    found: list[dict[str, Any]] = []
    known = 0
    first = run.case.opened_at.date()
    for seal in EvidenceSeal.objects.filter(day__gte=first).prefetch_related("stamps"):
        heads = [tuple(head) for head in seal.heads]
        index = next((n for n, (pk, _last) in enumerate(heads) if pk == run.case_id), None)
        if index is None or heads[index][1] == known or heads[index][1] not in hashes:
            continue
        known = heads[index][1]
        stamp = next(iter(seal.stamps.all()), None)
        found.append(
            {
                "statement": seal.statement,
                "key": seal.key,
                "signature": seal.signature,
                "leaf": leaf_of(run.case.code, known, hashes[known]),
                "index": index,
                "path": [step.hex() for step in merkle_path(index, _leaves(heads))],
                "token": base64.b64encode(stamp.response).decode() if stamp else "",
                "authority": stamp.authority if stamp else "",
                "is_local": bool(stamp and stamp.authority == signing.LOCAL_NAME),
            }
        )
    return found


def _leaves(heads: list[tuple[Any, ...]]) -> list[bytes]:
    wanted = {(pk, sequence) for pk, sequence in heads}
    links = Evidence.objects.filter(sequence__in={sequence for _pk, sequence in wanted})
    known = {
        (pk, sequence): leaf(code, sequence, digest)
        for pk, code, sequence, digest in links.values_list(
            "case_id", "case__code", "sequence", "hash"
        )
        if (pk, sequence) in wanted
    }
    return [known[(pk, sequence)] for pk, sequence in heads]


def _attest(folder: Path, facts: dict[str, Any], head: tuple[int, str]) -> None:
    """statement.json and its timestamp, then the manifest of all files and its signature."""
    stated = [name for name in FILES if name not in {"statement.json", "timestamp.tsr"}]
    statement = canonical(
        {
            "format": "aura-statement/1",
            **facts,
            "is_local": not settings.AURA_TSA_URL,
            "chain": {"length": head[0], "head": head[1]},
            "files": {name: archive.sha256_of(folder / name)[0] for name in stated},
        }
    )
    (folder / "statement.json").write_bytes(statement)
    (folder / "timestamp.tsr").write_bytes(timestamps.stamp(statement).response)
    manifest = canonical(
        {
            "format": "aura-export/1",
            "key": facts["key"],
            "files": {name: archive.sha256_of(folder / name)[0] for name in FILES},
        }
    )
    (folder / MANIFEST).write_bytes(manifest)
    (folder / SIGNATURE).write_text(signing.sign(manifest), "utf-8")


def _write_json(path: Path, value: Any) -> None:
    path.write_bytes(canonical(value))
