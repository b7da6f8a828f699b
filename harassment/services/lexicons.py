"""What people change in the word lists: one word, a file, or back to how they were."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Membership
from accounts.spreadsheets import neutral
from harassment.models import LexiconChange
from harassment.queries.lexicons import Key, Step, steps, words_after
from harassment.rules.packs import CATEGORIES, LANGUAGES, packs
from harassment.rules.wording import error_sentence
from harassment.rules.words import PHRASE_CHARACTERS_MOST, PhraseError, read_phrase

OWN_MOST = 2_000  # words that a workspace adds, and steps of one file
FILE_BYTES_MOST = 256 * 1024
CHANGES_MOST = 20_000  # of a workspace, ever: they are read for every batch that asks for words
COLUMNS = ("language", "category", "word", "from")
_ADDED, _REMOVED = LexiconChange.Step.ADDED, LexiconChange.Step.REMOVED


class LexiconError(Exception):
    """Nothing was changed; the message is for the person."""


@transaction.atomic
def add_word(*, language: str, category: str, word: str, membership: Membership) -> int:
    """Put a word on a list; 0 when it is there already. Raises LexiconError."""
    return _take([(language, category, _checked(word), _ADDED)], membership, "added")


@transaction.atomic
def remove_word(*, language: str, category: str, word: str, membership: Membership) -> int:
    """Take a word off a list, also one of the pack; 0 when it is not there."""
    return _take([(language, category, word, _REMOVED)], membership, "removed")


@transaction.atomic
def import_words(*, raw: bytes, membership: Membership) -> int:
    """Take over a CSV as `export_words` writes it; how many words changed.

    All or nothing: raises LexiconError with the number of the first line that makes no sense.
    """
    if len(raw) > FILE_BYTES_MOST:
        raise LexiconError(_("The file is too big: 256 KB at most."))
    return _take(list(_read(raw)), membership, "imported")


@transaction.atomic
def revert_lexicon(*, version: int, membership: Membership) -> int:
    """Make the lists what they were after that many changes, by new changes; how many."""
    _hold()
    history = steps()
    if not 0 <= version < len(history):
        raise LexiconError(_("There is no such version."))
    then, now = words_after(history[:version]), words_after(history)
    wanted: list[Step] = []
    for language, category in now:
        key = (language, category)
        wanted += [(*key, word, _REMOVED) for word in now[key] if word not in then[key]]
        wanted += [(*key, word, _ADDED) for word in then[key] if word not in now[key]]
    return _take(wanted, membership, "reverted")


def export_words() -> str:
    """All lists as CSV: no cell of it is a formula for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    words = words_after(steps())
    for (language, category), listed in words.items():
        pack = packs()[language].words[category]
        rows = [(word, "own" if is_own else "pack") for word, is_own in listed.items()]
        rows += [(word, "removed") for word in pack if word not in listed]
        for word, source in sorted(rows):
            writer.writerow([language, category, neutral(word), source])
    return "\ufeff" + out.getvalue()


def _read(raw: bytes) -> Iterator[Step]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LexiconError(_("The file is not UTF-8 text.")) from None
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = list(lines)
    except csv.Error:
        raise LexiconError(_("The file is no CSV.")) from None
    if not rows or tuple(cell.strip() for cell in rows[0][:3]) != COLUMNS[:3]:
        raise LexiconError(_("The first line must be: language,category,word,from"))
    if len(rows) - 1 > OWN_MOST:
        raise LexiconError(_("At most %(most)d words in one file.") % {"most": OWN_MOST})
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        language, category, word, source = (*(cell.strip() for cell in row[:4]), "", "", "", "")[:4]
        if language not in LANGUAGES or category not in CATEGORIES:
            raise LexiconError(_("Line %(number)d names no list of ours.") % {"number": number})
        step = _REMOVED if source == "removed" else _ADDED
        try:
            yield language, category, _checked(_plain(word)), step
        except LexiconError as error:
            raise LexiconError(
                _("Line %(number)d: %(reason)s") % {"number": number, "reason": error}
            ) from error


def _plain(cell: str) -> str:
    """A cell without the apostrophe that kept a spreadsheet from computing it."""
    return cell[1:] if cell.startswith("'") and neutral(cell[1:]) == cell else cell


def _checked(raw: str) -> str:
    word = " ".join(raw.split()).lower()
    if len(word) > PHRASE_CHARACTERS_MOST or not word.isprintable():
        raise LexiconError(error_sentence("word_long"))
    try:
        read_phrase(word)
    except PhraseError as error:
        raise LexiconError(error_sentence(f"word_{error}")) from error
    return word


def _hold() -> None:
    # Two people at once would both see the same lists and change them twice.
    list(LexiconChange.objects.select_for_update().order_by("-pk")[:1])


def _take(wanted: Iterable[Step], membership: Membership, how: str) -> int:
    _hold()
    history = steps()
    words = words_after(history)
    kept: list[Step] = []
    for language, category, word, step in wanted:
        listed = words.get((language, category))
        if listed is None:
            raise LexiconError(_("There is no such list."))
        if (step == _ADDED) == (word in listed):
            continue
        kept.append((language, category, word, step))
        if step == _ADDED:
            listed[word] = word not in packs()[language].words[category]
        else:
            del listed[word]
    _check_room(words, len(history) + len(kept))
    LexiconChange.objects.bulk_create(
        LexiconChange(
            language=language, category=category, word=word, step=step,
            made_by_id=membership.user_id, made_by_label=membership.user.label[:80],
        )
        for language, category, word, step in kept
    )  # fmt: skip
    if kept:
        # The words stay out of the log: they hurt, and it never forgets.
        audit.record(
            f"harassment.lexicon.{how}", actor=membership.user,
            data={"count": len(kept), "version": len(history) + len(kept)},
        )  # fmt: skip
    return len(kept)


def _check_room(words: dict[Key, dict[str, bool]], changes: int) -> None:
    own = sum(sum(listed.values()) for listed in words.values())
    if own > OWN_MOST or changes > CHANGES_MOST:
        raise LexiconError(_("There is no room for more words of your own."))
