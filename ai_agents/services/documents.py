"""The documents of a chatbot: taken in, read once by a job, quoted afterwards."""

import hashlib
import json
import subprocess
import sys
import unicodedata
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts import audit, outbox
from accounts.models import User
from ai_agents import embedding
from ai_agents.cleaning import plain
from ai_agents.models import Chatbot, ChatbotDocument, ChatbotPassage
from ai_agents.passages import Piece, pieces_of

JOB = "ai_agents.read_document"
READER = Path(__file__).parents[1] / "pdf_pages.py"
PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN = 1024  # bytes before it that readers forgive
CONTROLS_MOST = 0.01  # share of control characters that a text may have
Kind = ChatbotDocument.Kind
State = ChatbotDocument.State
Problem = ChatbotDocument.Problem
KINDS = {".pdf": Kind.PDF, ".md": Kind.MARKDOWN, ".markdown": Kind.MARKDOWN, ".txt": Kind.TEXT}


class DocumentError(Exception):
    """The file cannot be taken; the sentence says what to do."""


def bounded(upload: "UploadedFile[Any]") -> bytes:
    """The bytes of an upload, one more than a document may have at the most."""
    most: int = settings.CHATBOT_DOCUMENT_MAX_BYTES
    return bytes(upload.read(most + 1))


@transaction.atomic
def add_document(
    *, chatbot: Chatbot, filename: str, content: bytes, actor: User
) -> ChatbotDocument:
    """Keep a file and promise to read it. Raises DocumentError."""
    kind = _kind_of(filename, content)
    # Locked: two uploads at once must not pass the limit together.
    locked = Chatbot.objects.select_for_update().get(pk=chatbot.pk)
    if locked.documents.count() >= settings.CHATBOT_DOCUMENTS_MOST:
        raise DocumentError(_("This chatbot has as many documents as it can. Delete one first."))
    digest = hashlib.sha256(content).hexdigest()
    if locked.documents.filter(digest=digest).exists():
        raise DocumentError(_("This very file is already there."))
    document = ChatbotDocument.objects.create(
        chatbot=chatbot,
        filename=plain(PurePath(filename).name, 120).replace("\n", " ") or "?",
        kind=kind,
        size=len(content),
        digest=digest,
        content=content,
    )
    outbox.enqueue(JOB, key=str(document.code), document=document.pk)
    audit.record(
        "ai_agents.chatbot_document.added",
        actor=actor,
        target=str(document.code),
        data={"chatbot": str(chatbot.code), "kind": kind, "bytes": len(content)},
    )
    return document


@transaction.atomic
def delete_document(*, document: ChatbotDocument, actor: User) -> None:
    """Forget a file with its passages; answers that quoted it keep its name."""
    audit.record(
        "ai_agents.chatbot_document.deleted",
        actor=actor,
        target=str(document.code),
        data={"chatbot": str(document.chatbot.code)},
    )
    document.delete()


def read_document(document_id: int) -> None:
    """Turn the file into passages, or say why not; run twice it is read once."""
    document = ChatbotDocument.objects.filter(pk=document_id, state=State.QUEUED).first()
    if document is None or document.content is None:
        return
    pages, problem = _pages_of(document.kind, bytes(document.content))
    found = pieces_of(pages, has_pages=document.kind == Kind.PDF)
    if not problem and not found:
        problem = Problem.EMPTY
    embedder = embedding.current()
    vectors = [] if problem else embedder.embed([piece.text for piece in found])
    with transaction.atomic():
        chatbot = Chatbot.objects.select_for_update().filter(pk=document.chatbot_id).first()
        waiting = ChatbotDocument.objects.select_for_update().filter(
            pk=document.pk, state=State.QUEUED
        )
        if chatbot is None or not waiting.exists():
            return
        held = ChatbotPassage.objects.filter(document__chatbot=chatbot).count()
        if not problem and held + len(found) > settings.CHATBOT_PASSAGES_MOST:
            problem = Problem.FULL
        if not problem:
            _keep(document, found, vectors, embedder.name)
        waiting.update(
            state=State.FAILED if problem else State.READY,
            problem=problem,
            pages=len(pages) if document.kind == Kind.PDF and pages else None,
            content=None,
        )


def _keep(
    document: ChatbotDocument, found: list[Piece], vectors: list[bytes], embedder: str
) -> None:
    ChatbotPassage.objects.bulk_create(
        ChatbotPassage(
            document=document,
            number=number,
            page=piece.page,
            text=piece.text,
            vector=vector,
            embedder=embedder,
        )
        for number, (piece, vector) in enumerate(zip(found, vectors, strict=True), start=1)
    )


def _kind_of(filename: str, content: bytes) -> str:
    """What the file is, by its name and by its bytes: the two must agree."""
    kind = KINDS.get(PurePath(filename).suffix.lower())
    if kind is None:
        raise DocumentError(
            _("Only PDF, text (.txt) and Markdown (.md) files can be read. Save it as one of them.")
        )
    if len(content) > settings.CHATBOT_DOCUMENT_MAX_BYTES:
        raise DocumentError(
            _("The file is larger than %(most)s. Split it, or leave its pictures out.")
            % {"most": filesizeformat(settings.CHATBOT_DOCUMENT_MAX_BYTES)}
        )
    if not content.strip():
        raise DocumentError(_("The file is empty."))
    is_pdf = PDF_MARK in content[:PDF_MARK_WITHIN]
    if kind == Kind.PDF and not is_pdf:
        raise DocumentError(_("This is no PDF, whatever its name says. Export it as a PDF anew."))
    if kind != Kind.PDF:
        text = None if is_pdf else _decoded(content)
        if text is None:
            raise DocumentError(
                _("This is no text, whatever its name says. Save it as plain text in UTF-8.")
            )
        if len(text) > settings.CHATBOT_DOCUMENT_MAX_CHARACTERS:
            raise DocumentError(Problem.LONG.label)
    return kind


def _decoded(content: bytes) -> str | None:
    """The text of a file, or None for bytes that are none."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = sum(
            unicodedata.category(sign) in {"Cc", "Cn"} and sign not in "\r\n\t\f" for sign in text
        )
        return text if "\0" not in text and odd <= len(text) * CONTROLS_MOST else None
    return None


def _pages_of(kind: str, content: bytes) -> tuple[list[str], str]:
    """The cleaned text of each page, or the problem."""
    if kind == Kind.PDF:
        raw, problem = _read_pdf(content)
    else:
        raw, problem = [_decoded(content) or ""], ""
    most = settings.CHATBOT_DOCUMENT_MAX_CHARACTERS
    return [plain(page.replace("\r\n", "\n"), most) for page in raw], problem


def _read_pdf(content: bytes) -> tuple[list[str], str]:
    seconds = settings.CHATBOT_READ_SECONDS
    limits = (
        settings.CHATBOT_READ_MEMORY,
        seconds,
        settings.CHATBOT_DOCUMENT_MAX_PAGES,
        settings.CHATBOT_DOCUMENT_MAX_CHARACTERS,
    )
    command = [sys.executable, "-I", str(READER), *map(str, limits)]
    try:
        done = subprocess.run(  # noqa: S603  (this interpreter, a file and numbers of ours)
            command, input=content, capture_output=True, timeout=seconds, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        return [], Problem.HEAVY
    if done.returncode:
        return [], Problem.HEAVY  # the kernel ended it
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return [], Problem.DAMAGED
    return list(told.get("pages", ())), str(told.get("problem", ""))
