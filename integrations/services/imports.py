"""Reading a file of comments into the workspace: in batches, resumable, each bad row reported."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit, live, outbox
from accounts.models import Membership, Role
from integrations.imports import BadRow, FileError, GoodRow, Inspected, Reader, inspect
from integrations.models import Comment, ImportProblem, ImportRun, SocialAccount
from integrations.services.ingest import ingest_comments, storable

BATCH = 1000  # rows a transaction
PROBLEMS_KEPT = 1000
POKE_SECONDS = 0.5

FILE_GONE = gettext_noop("The uploaded file is no longer there. Upload it again.")

State = ImportRun.State
Item = GoodRow | BadRow | None
Report = Callable[[ImportRun], None]


class ImportBusyError(RuntimeError):
    """Another process is reading the same file into the same run."""


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
        run.file.save(f"{run.code}.csv", upload, save=False)
        run.save()
        outbox.enqueue("integrations.run_import", key=str(run.code), run=str(run.code))
        audit.record("integrations.import.started", actor=member.user, target=str(run.code))
        live.poke("imports")
    return run


def run_import(*, run_code: str) -> None:
    """Read an uploaded file from where it was left; safe to run twice and after a kill."""
    run = ImportRun.objects.filter(code=run_code).first()
    if run is None or run.is_finished:
        return
    try:
        stored = run.file.open("rb")
    except OSError:
        _fail(run, FileError(FILE_GONE))
        return
    with stored:
        _read(run, cast("BinaryIO", stored.file), lambda _run: None)


def import_file(*, path: Path, platform: str, report: Report) -> ImportRun:
    """Read a file from this machine now, `report`ing after each batch; the finished run.

    The same file interrupted earlier goes on where it stopped. Raises OSError when it cannot be
    opened, FileError when nothing in it could be read, ImportBusyError while another command
    reads it.
    """
    with path.open("rb") as stream:
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
    run.state, run.size, run.sha256 = State.RUNNING, found.size, found.sha256
    run.encoding, run.delimiter = found.encoding, reader.delimiter
    run.save(update_fields=["state", "size", "sha256", "encoding", "delimiter"])
    poked_at = 0.0
    for batch in _batches(reader.rows(skip=run.next_row)):
        is_due = time.monotonic() - poked_at >= POKE_SECONDS
        _keep(run, batch, reader.bytes_read, is_due=is_due)
        if is_due:
            poked_at = time.monotonic()
        report(run)
    reader.close()
    _finish(run, State.DONE)


@transaction.atomic
def _keep(run: ImportRun, batch: list[Item], bytes_read: int, *, is_due: bool) -> None:
    """One batch: its comments, problems and counters, and the place to go on from."""
    outbox.extend_lease()
    stored = ImportRun.objects.select_for_update().get(pk=run.pk)
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
    done = ingest_comments(
        account=_account_of(run, platform),
        items=[row.comment for row in rows],
        observed_at=timezone.now(),
        source=Comment.Source.IMPORT,
        post_urls={row.comment.post_id: row.post_url for row in rows if row.post_url},
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
        ImportProblem(run=run, line=row.line, reason=row.reason) for row in islice(bad, room)
    )


def _fail(run: ImportRun, error: FileError) -> None:
    run.error = error.sentence
    if error.line is not None:
        ImportProblem.objects.create(run=run, line=error.line, reason=error.sentence)
    _finish(run, State.FAILED)


def _finish(run: ImportRun, state: ImportRun.State) -> None:
    name = run.file.name
    with transaction.atomic():
        run.state, run.finished_at, run.file = state, timezone.now(), ""
        run.save(update_fields=["state", "finished_at", "file", "error"])
        audit.record(
            f"integrations.import.{state.value}",
            target=str(run.code),
            data={"new": run.rows_new, "known": run.rows_known, "bad": run.rows_bad},
        )
        live.poke("imports")
        if name:
            storage = run.file.storage
            transaction.on_commit(lambda: storage.delete(name))


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(items, BATCH)):
        yield batch
