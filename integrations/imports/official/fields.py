"""What platforms call things in their exports, in all the spellings seen, and how values read."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

TIKTOK = {
    "comments": ("commentslist", "commentlist", "comments"),
    "chats": ("chathistory", "chathistories"),
    "name": ("username", "uniqueid"),
    "time": ("date", "time", "createdat", "createtime", "timestamp"),
    "text": ("comment", "content", "text", "message"),
    "from": ("from", "sender", "username"),
    "url": ("url", "link", "videolink"),
}
META = {
    "text": (
        "comment", "commentaire", "kommentar", "comentario", "commento", "opmerking", "reactie",
        "content", "text", "value",
    ),
    "owner": (
        "mediaowner", "proprietairedumedia", "medieneigentumer", "medieninhaber",
        "propietariodelmedia", "propietariodelcontenido", "eigenaarvanmedia", "titularedelmedia",
    ),
    "time": ("time", "date", "heure", "zeit", "hora", "tijd", "ora", "timestampms", "timestamp",
             "creationtimestamp"),
    "sender": ("sendername", "sender", "from"),
    "name": ("username", "nomdutilisateur", "benutzername", "nombredeusuario", "gebruikersnaam",
             "fullname", "name", "nom", "nombre", "naam"),
}  # fmt: skip
YOUTUBE = {
    "id": ("commentid", "idducommentaire", "kommentarid", "iddelcomentario", "livechatid",
           "idduchatendirect", "idducommentairedechatendirect"),
    "channel": ("channelid", "idchaine", "iddelachaine", "kanalid", "iddelcanal"),
    "time": ("commentcreatetimestamp", "horodatagedecreationducommentaire",
             "zeitstempelderkommentarerstellung", "livechatcreatetimestamp",
             "marcadetiempodecreaciondelcomentario", "createtimestamp"),
    "parent": ("parentcommentid", "idducommentaireparent", "toplevelcommentid",
               "iddelcomentarioprincipal"),
    "post": ("postid", "iddupost", "idpost", "beitragsid"),
    "video": ("videoid", "iddelavideo", "idvideo", "iddelvideo"),
    "text": ("commenttext", "texteducommentaire", "kommentartext", "textodelcomentario",
             "livechattext", "textedechatendirect"),
}  # fmt: skip

LONGEST_FIGURE = 20  # digits: nanoseconds since 1970 have nineteen
_UTF8_AS_LATIN = re.compile("[\xc2-\xf4][\x80-\xbf]")
_FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%b %d, %Y, %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %H:%M:%S",
    "%b %d, %Y %I:%M %p", "%b %d, %Y, %I:%M %p", "%a, %d %b %Y %H:%M:%S",
)  # fmt: skip


@lru_cache(maxsize=4096)
def key_of(name: str) -> str:
    """A field's name without case, accents, blanks and signs."""
    plain = unicodedata.normalize("NFKD", name[:200]).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def pick(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The value of the first name that the record knows in any spelling, else None."""
    known = {key_of(name): value for name, value in record.items()}
    return next((known[name] for name in names if known.get(name) is not None), None)


def text_of(value: Any) -> str:
    """A text or number as text, exact also beyond 2^53; anything else is empty."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return str(value) if is_number else ""


def repair(text: str) -> str:
    """Undo Meta's UTF-8 read as Latin-1, and only that: a text that is not such stays as it is."""
    if not _UTF8_AS_LATIN.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def moment(value: Any) -> datetime | None:
    """A time in any form that exports use; without a zone it is UTC. None when it is none.

    Day and month as bare figures (03/04/2026) are nobody's guess and not read.
    """
    if isinstance(value, str):
        text = " ".join(value.replace("\u202f", " ").split())
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_FIGURE):
            return _written(text)
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return _counted(Decimal(value))


def _counted(number: Decimal) -> datetime | None:
    """Seconds, milli-, micro- or nanoseconds since 1970, told apart by their size."""
    for least, unit in ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3)):
        if number.is_finite() and abs(number) >= least:
            number /= unit
            break
    try:
        return datetime.fromtimestamp(float(number), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _written(text: str) -> datetime | None:
    bare = re.sub(r"\s*(UTC|GMT|Z)$", "", text)
    found: datetime | None = None
    try:
        found = datetime.fromisoformat(bare)
    except ValueError:
        for form in _FORMATS:
            try:
                found = datetime.strptime(bare, form)  # noqa: DTZ007  (its zone is set below)
            except ValueError:
                continue
            break
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
