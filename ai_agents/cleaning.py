"""Words from outside before a model reads them, and a model's words before a person does."""

import re
import secrets
import unicodedata

MOST = 4_000  # characters of one text that a model is given
BREAKS = "\n\t"
_LINK = re.compile(
    r"(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.|(?:javascript|data|vbscript|mailto|tel):)\S+"
    r"|\b(?:[a-z0-9-]{1,63}\.){1,5}(?:com|net|org|io|co|me|ly|gg|app|dev|fr|be|ch|ca|uk|ru|cn|xyz"
    r"|info|biz|link|site|online|top|example|test|invalid)\b(?:/\S*)?"
)
_MARKUP = re.compile(r"</?[a-zA-Z!][^<>\n]{0,2000}>?|!?\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)")
LINK_GONE = "[…]"


def plain(text: str, most: int = MOST) -> str:
    """`text` in its compatible form, without what cannot be seen, cut.

    Direction marks, zero-width signs, tags of Unicode and controls carry orders past a reader.
    """
    folded = unicodedata.normalize("NFKC", text[: most * 4])
    kept = "".join(
        sign for sign in folded if sign in BREAKS or unicodedata.category(sign)[0] != "C"
    )
    return kept[:most]


def fence() -> str:
    """A mark nobody can know beforehand: what stands between two of them is data."""
    return f"~~{secrets.token_hex(8)}~~"


def fenced(text: str, mark: str) -> str:
    """`text` between two marks."""
    return f"{mark}\n{text.replace(mark, '')}\n{mark}"


def leaks(answer: str, secret: str) -> bool:
    """Whether an answer holds a secret of its instructions, also spaced, reversed, in capitals."""
    told = _squeezed(answer)
    wanted = _squeezed(secret)
    return wanted in told or wanted in told[::-1]


def harmless(text: str) -> tuple[str, int]:
    """A model's text without links and markup, and how many were taken out.

    Aura shows answers as plain text. Yet a person copies them to where a link is a link.
    """
    shown = plain(text)
    shown, links = _LINK.subn(LINK_GONE, _MARKUP.sub(_word_of, shown))
    tags = len(_MARKUP.findall(plain(text)))
    return shown.replace("](", "] (").strip(), links + tags


def _word_of(found: re.Match[str]) -> str:
    return found[1] or ""


def _squeezed(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())
