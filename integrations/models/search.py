"""Full text of comments: words are folded alike in the index and in what a person asks for."""

import re
from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Concat, Lower, Replace

# Core PostgreSQL has no unaccent, so the fold is spelled out. Signs become blanks, or its parser
# would take "late.caller" for the name of a host and "<b>" for markup.
_LETTERS = "àáâãäåāăąæçćčďđèéêëēėęěğìíîïīįıłńňñòóôõöøōőřśšşșťțţùúûüūůűųýÿžźżß"
_PLAIN = "aaaaaaaaaacccddeeeeeeeegiiiiiiilnnnoooooooorsssstttuuuuuuuuyyzzzs"
_SIGNS = "@._-/\\:#&+'\u2019*=~|<>`\"(),;!?$"
_DROPPED = "\u0300\u0301\u0302\u0303\u0308\u0327"  # accents that are written apart
FOLD_FROM = _LETTERS + _SIGNS + _DROPPED
FOLD_TO = _PLAIN + " " * len(_SIGNS)
_FOLD = {ord(sign): FOLD_TO[at : at + 1] or None for at, sign in enumerate(FOLD_FROM)}
_PARTS = re.compile(r'(-?)"([^"]*)"|(?<!\S)(-?)(\S+)')
_WORDS = re.compile(r"\w+")
# Scripts that write without blanks: there is no word to look up.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
)

COMMENT_WORDS = SearchVector(
    Func(
        Replace(
            Lower(
                Concat(
                    "text", Value(" "), "text_norm", Value(" "), "author_handle", Value(" "),
                    "author_name", output_field=TextField(),
                )
            ),
            Value("œ"),
            Value("oe"),
        ),
        Value(FOLD_FROM),
        Value(FOLD_TO),
        function="translate",
        output_field=TextField(),
    ),
    config="simple",
)  # fmt: skip


def words_query(asked: Sequence[str]) -> Q | None:
    """What finds any of the given spellings of a question; None when there is no word in them.

    Words may come in any order and may be begun only; "words in quotes" stand together; a word
    after a minus must not be there. Use it on a queryset that has `words=COMMENT_WORDS`.
    """
    spellings = {spelled for text in asked if (spelled := _spelled(text))}
    if spellings:
        whole = " | ".join(f"({spelled})" for spelled in sorted(spellings))
        return Q(words=SearchQuery(whole, config="simple", search_type="raw"))
    return None


def is_unspaced(text: str) -> bool:
    """Whether a text is written in a script without blanks between its words."""
    return bool(_UNSPACED.search(text))


def _spelled(text: str) -> str:
    wanted: list[str] = []
    unwanted: list[str] = []
    for quoted_minus, quoted, minus, plain in _PARTS.findall(text.lower().replace("œ", "oe")):
        words = _WORDS.findall((quoted or plain).translate(_FOLD))
        if quoted:
            term = " <-> ".join(words)
        else:
            term = " & ".join(word if len(word) == 1 else f"{word}:*" for word in words)
        if term:
            (unwanted if quoted_minus or minus else wanted).append(f"({term})")
    if not wanted:
        return ""
    return " & ".join([*wanted, *(f"!{term}" for term in unwanted)])
