"""Reading a file of comments into the workspace: in batches, resumable, each bad row reported."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, live, outbox
from accounts.models import Membership, Role, User
from integrations.imports import BadRow, FileError, GoodRow, Inspected, Reader, inspect
from integrations.imports.official import ExportReader, as_json, is_official
from integrations.models import Comment, ImportProblem, ImportRun, SocialAccount
from integrations.services.ingest import ingest_comments
from integrations.services.texts import storable
from integrations.services.twins import known_elsewhere

BATCH = 1000  # rows a transaction
CHUNK = 1024 * 1024
PROBLEMS_KEPT = 1000
POKE_SECONDS = 0.5
CHOICE_HOURS = 24  # an export nobody chose from is removed after that

FILE_GONE = gettext_noop("The uploaded file is no longer there. Upload it again.")
ON_THE_PAGE = gettext_noop(
    "This is an official export. Upload it on the page Imports, where you choose what to take."
)
NOT_CHOSEN = gettext_noop("Nobody chose what to take for a day, so the file was removed.")
NOTHING = gettext_noop("It holds nothing that Aura could take.")

State = ImportRun.State
Item = GoodRow | BadRow | None
Report = Callable[[ImportRun], None]


class ImportBusyError(RuntimeError):
    """Another process is reading the same file into the same run."""


class ImportStateError(Exception):
    """The run is not where it could be chosen from; the sentence is for people."""


class _Canceled(Exception):
    """A person ended the run while it was read."""


class _Rows(Protocol):
    @property
    def bytes_read(self) -> int: ...


def create_import(*, upload: "UploadedFile[Any]", platform: str, member: Membership) -> ImportRun:
    """Keep an uploaded file and promise to read it. A creator brings their own comments."""
    run = ImportRun(
        platform=platform,
        filename=storable(upload.name or "", 200),
        size=upload.size or 0,
        owner_id=member.user_id if member.role == Role.CREATOR else None,
        actor_id=member.user_id,
    )
    with transaction.atomic():
        # Stored under our own name: what a person's machine calls a file is outside text.
        run.file.save(f"{run.code}.upload", upload, save=False)
        run.save()
        outbox.enqueue("integrations.run_import", key=str(run.code), run=str(run.code))
        audit.record("integrations.import.started", actor=member.user, target=str(run.code))
        live.poke("imports")
    return run


def choose_parts(*, run: ImportRun, parts: Sequence[str], actor: User) -> None:
    """Promise to take these parts of a surveyed export. Raises ImportStateError, ValueError."""
    with transaction.atomic():
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if stored.state != State.ASKING:
            raise ImportStateError(_("This file is not waiting for a choice any more."))
        chosen = [part for part in stored.found["offered"] if part in parts]
        if not chosen or len(chosen) != len(set(parts)):
            raise ValueError("Parts that this export does not offer.")
        stored.parts, stored.state, stored.bytes_read = chosen, State.QUEUED, 0
        stored.save(update_fields=["parts", "state", "bytes_read"])
        # A key of its own: the survey's job may not have said yet that it is done.
        key = f"{run.code}-read"
        outbox.enqueue("integrations.run_import", key=key, run=str(run.code))
        audit.record(
            "integrations.import.chosen", actor=actor, target=str(run.code), data={"parts": chosen}
        )
        live.poke("imports")


def cancel_import(*, run: ImportRun, actor: User) -> None:
    """Stop reading and remove the file; what was taken stays. Nothing happens to a finished one."""
    with transaction.atomic():
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not stored.is_finished:
            _close(stored, State.CANCELED, actor=actor)


def drop_import(*, run_code: str) -> None:
    """Remove an export that nobody chose from."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().filter(code=run_code).first()
        if run is not None and run.state == State.ASKING:
            run.error = NOT_CHOSEN
            _close(run, State.FAILED)


def run_import(*, run_code: str) -> None:
    """Read an uploaded file from where it was left; safe to run twice and after a kill.

    A platform's own export is only surveyed until a person has chosen from it.
    """
    run = ImportRun.objects.filter(code=run_code).first()
    if run is None or run.is_finished or run.state == State.ASKING:
        return
    try:
        stored = run.file.open("rb")
    except OSError:
        _fail(run, FileError(FILE_GONE))
        return
    with stored:
        stream = cast("BinaryIO", stored.file)
        try:
            if is_official(stream):
                _read_export(run, stream)
            else:
                _read(run, stream, lambda _run: None)
        except FileError as error:
            _fail(run, error)
        except _Canceled:
            return


def import_file(*, path: Path, platform: str, report: Report) -> ImportRun:
    """Read a file from this machine now, `report`ing after each batch; the finished run.

    The same file interrupted earlier goes on where it stopped. Raises OSError when it cannot be
    opened, FileError when nothing in it could be read, ImportBusyError while another command
    reads it.
    """
    with path.open("rb") as stream:
        if is_official(stream):
            raise FileError(ON_THE_PAGE)
        found = inspect(stream)
        run = ImportRun.objects.filter(
            sha256=found.sha256,
            platform=platform,
            owner_id=None,
            file="",
            state__in=[State.QUEUED, State.RUNNING],
        ).first()
        if run is None:
            run = ImportRun.objects.create(
                platform=platform, filename=storable(path.name, 200), size=found.size
            )
        _read(run, stream, report, found)
    if run.error:
        raise FileError(run.error)
    return run


def _read(run: ImportRun, stream: BinaryIO, report: Report, found: Inspected | None = None) -> None:
    try:
        found = found or inspect(stream)
        reader = Reader(stream, encoding=found.encoding, platform=run.platform, now=timezone.now())
    except FileError as error:
        _fail(run, error)
        return
    _begin(
        run,
        size=found.size,
        sha256=found.sha256,
        encoding=found.encoding,
        delimiter=reader.delimiter,
    )
    _take(run, reader.rows(skip=run.next_row), reader, report)
    reader.close()
    _finish(run, State.DONE)


def _read_export(run: ImportRun, stream: BinaryIO) -> None:
    reader = ExportReader(stream, size=run.size)
    if not run.parts:
        _survey(run, reader, stream)
        return
    _begin(run)
    rows = reader.rows(run.parts, owner=run.found["owner"], skip=run.next_row)
    _take(run, rows, reader, lambda _run: None)
    _finish(run, State.DONE)


def _survey(run: ImportRun, reader: ExportReader, stream: BinaryIO) -> None:
    """Count what the export holds, and wait for a person; nothing of it is taken."""
    _begin(run, sha256=_digest(stream))
    told_at = time.monotonic()

    def beat() -> None:
        nonlocal told_at
        if time.monotonic() - told_at < POKE_SECONDS:
            return
        told_at = time.monotonic()
        with transaction.atomic():
            outbox.extend_lease()
            _advance(run, bytes_read=reader.bytes_read)
            live.poke("imports")

    found = as_json(reader.survey(beat))
    if not found["offered"]:
        raise FileError(NOTHING)
    with transaction.atomic():
        _advance(run, state=State.ASKING, found=found, platform=found["platform"], bytes_read=0)
        outbox.enqueue(
            "integrations.drop_import",
            key=f"{run.code}-drop",
            run_at=timezone.now() + timedelta(hours=CHOICE_HOURS),
            run=str(run.code),
        )
        live.poke("imports")


def _digest(stream: BinaryIO) -> str:
    stream.seek(0)
    found = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def _begin(run: ImportRun, **fields: Any) -> None:
    _advance(run, state=State.RUNNING, **fields)


def _advance(run: ImportRun, **fields: Any) -> None:
    """Write to a run that nobody has ended meanwhile. Raises _Canceled when somebody has."""
    going = ImportRun.objects.filter(pk=run.pk).exclude(state=State.CANCELED)
    if not going.update(**fields):
        raise _Canceled
    for name, value in fields.items():
        setattr(run, name, value)


def _take(run: ImportRun, rows: Iterator[Item], reader: _Rows, report: Report) -> None:
    poked_at = 0.0
    for batch in _batches(rows):
        is_due = time.monotonic() - poked_at >= POKE_SECONDS
        _keep(run, batch, reader.bytes_read, is_due=is_due)
        if is_due:
            poked_at = time.monotonic()
        report(run)


@transaction.atomic
def _keep(run: ImportRun, batch: list[Item], bytes_read: int, *, is_due: bool) -> None:
    """One batch: its comments, problems and counters, and the place to go on from."""
    outbox.extend_lease()
    stored = ImportRun.objects.select_for_update().get(pk=run.pk)
    if stored.state == State.CANCELED:
        raise _Canceled
    if stored.next_row != run.next_row or stored.state != State.RUNNING:
        raise ImportBusyError("Another process is reading this file.")
    good: dict[str, list[GoodRow]] = defaultdict(list)
    bad: list[BadRow] = []
    for item in batch:
        if isinstance(item, GoodRow):
            good[item.platform].append(item)
        elif item is not None:
            bad.append(item)
    for platform, rows in good.items():
        new = _ingest(run, platform, rows)
        run.rows_new += new
        run.rows_known += len(rows) - new
    _note(run, bad)
    run.rows_bad += len(bad)
    run.next_row += len(batch)
    run.bytes_read = bytes_read
    run.save(update_fields=["rows_new", "rows_known", "rows_bad", "next_row", "bytes_read"])
    if is_due:
        live.poke("imports")


def _ingest(run: ImportRun, platform: str, rows: list[GoodRow]) -> int:
    account = _account_of(run, platform)
    known = known_elsewhere(
        account=account,
        named=[row.comment for row in rows if row.is_named],
        unnamed=[row.comment for row in rows if not row.is_named],
    )
    fresh = [row for row in rows if storable(row.comment.id) not in known]
    done = ingest_comments(
        account=account,
        items=[row.comment for row in fresh],
        observed_at=timezone.now(),
        source=Comment.Source.IMPORT,
        post_urls={row.comment.post_id: row.post_url for row in fresh if row.post_url},
    )
    return len(done.new_ids)


def _account_of(run: ImportRun, platform: str) -> SocialAccount:
    """The holder of imported comments: one a platform, and one more for a creator's own."""
    return SocialAccount.objects.get_or_create(
        platform=platform,
        external_id=f"import-{run.owner_id}" if run.owner_id else "import",
        defaults={"is_import": True, "owner_id": run.owner_id, "display_name": "Import"},
    )[0]


def _note(run: ImportRun, bad: Iterable[BadRow]) -> None:
    room = max(0, PROBLEMS_KEPT - run.rows_bad)
    ImportProblem.objects.bulk_create(
        ImportProblem(run=run, line=row.line, place=storable(row.place, 300), reason=row.reason)
        for row in islice(bad, room)
    )


def _fail(run: ImportRun, error: FileError) -> None:
    run.error = error.sentence
    if error.expected:
        run.found = {"expected": error.expected}
    if error.line is not None:
        ImportProblem.objects.create(run=run, line=error.line, reason=error.sentence)
    _finish(run, State.FAILED)


def _finish(run: ImportRun, state: ImportRun.State) -> None:
    with transaction.atomic():
        if ImportRun.objects.select_for_update().get(pk=run.pk).state != State.CANCELED:
            _close(run, state)


def _close(run: ImportRun, state: ImportRun.State, *, actor: User | None = None) -> None:
    """End a run inside the caller's transaction; its file goes when that commits."""
    name, storage = run.file.name, run.file.storage
    run.state, run.finished_at, run.file = state, timezone.now(), ""
    run.found.pop("owner", None)  # a name that nobody needs any more
    run.save(update_fields=["state", "finished_at", "file", "error", "found"])
    audit.record(
        f"integrations.import.{state.value}",
        actor=actor,
        target=str(run.code),
        data={"new": run.rows_new, "known": run.rows_known, "bad": run.rows_bad},
    )
    live.poke("imports")
    if name:
        transaction.on_commit(lambda: storage.delete(name))


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(items, BATCH)):
        yield batch
