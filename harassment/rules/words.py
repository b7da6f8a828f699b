"""Finding words in a text without regular expressions from people: nothing here can explode."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harassment.detection.normalise import normalise
from harassment.detection.signals.reading import fold
from harassment.rules.packs import QUIET

Token = str

TOKENS_MOST = 4_000  # of one text: whatever comes behind them is not looked at
PHRASE_TOKENS_MOST = 8
PHRASE_CHARACTERS_MOST = 60
STEM_LEAST = 3  # letters beside a star: "a*" would find half of the dictionary
_WORD = re.compile(r"[^\W_]+")


class PhraseError(ValueError):
    """Nobody can look for that; the message is a word for the reason."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One word of a phrase: exact, or with a star before or behind it."""

    stem: str
    is_open_left: bool = False
    is_open_right: bool = False

    def fits(self, token: Token) -> bool:
        if self.is_open_left:
            return self.stem in token if self.is_open_right else token.endswith(self.stem)
        return token.startswith(self.stem) if self.is_open_right else token == self.stem


Phrase = tuple[_Part, ...]


def tokens_of(normalised: str) -> tuple[Token, ...]:
    """The words of a normalised text in lower case without accents, TOKENS_MOST at most."""
    folded, _ = fold(normalised)
    found = []
    for match in _WORD.finditer(folded):
        found.append(match.group())
        if len(found) == TOKENS_MOST:
            break
    return tuple(found)


def read_phrase(raw: str) -> Phrase:
    """A word or a few in a row; a star stands for any letters before or behind a word.

    Disguises in it are undone as in the texts it is compared with. Raises PhraseError: "empty",
    "long", "short" (too few letters beside a star) or "star" (one inside a word).
    """
    if len(raw) > PHRASE_CHARACTERS_MOST:
        raise PhraseError("long")
    parts: list[_Part] = []
    for piece in raw.split():
        is_open_left, is_open_right = piece.startswith("*"), piece.endswith("*")
        core = piece.strip("*")
        if "*" in core:
            raise PhraseError("star")
        stems = tokens_of(normalise(core))
        if is_open_left or is_open_right:
            ends = (stems[:1] if is_open_left else ()) + (stems[-1:] if is_open_right else ())
            if not stems or any(len(stem) < STEM_LEAST for stem in ends):
                raise PhraseError("short")
        parts += [
            _Part(stem, is_open_left and index == 0, is_open_right and index == len(stems) - 1)
            for index, stem in enumerate(stems)
        ]
    if not parts:
        raise PhraseError("empty")
    if len(parts) > PHRASE_TOKENS_MOST:
        raise PhraseError("long")
    return tuple(parts)


class Wordlist:
    """Many phrases, looked for at once: two look-ups a word, and one comparison for each phrase
    that begins with a star."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._exact: dict[Token, list[Phrase]] = defaultdict(list)
        self._begun: dict[str, list[Phrase]] = defaultdict(list)  # by the first letters
        self._open: list[Phrase] = []
        for phrase in phrases:
            first = phrase[0]
            if first.is_open_left:
                self._open.append(phrase)
            elif first.is_open_right:
                self._begun[first.stem[:STEM_LEAST]].append(phrase)
            else:
                self._exact[first.stem].append(phrase)

    def is_in(self, tokens: Sequence[Token]) -> bool:
        """Whether one of the phrases stands somewhere in the text."""
        for index, token in enumerate(tokens):
            for phrase in self._exact.get(token, ()):
                if _stands(phrase, tokens, index):
                    return True
            for phrase in self._begun.get(token[:STEM_LEAST], ()):
                if _stands(phrase, tokens, index):
                    return True
        distinct = dict.fromkeys(tokens) if self._open else ()
        for phrase in self._open:
            # A word that comes again has been looked at.
            hits = {token for token in distinct if phrase[0].fits(token)}
            if hits and any(
                token in hits and _stands(phrase, tokens, i) for i, token in enumerate(tokens)
            ):
                return True
        return False


def _stands(phrase: Phrase, tokens: Sequence[Token], start: int) -> bool:
    if start + len(phrase) > len(tokens):
        return False
    return all(part.fits(tokens[start + offset]) for offset, part in enumerate(phrase))


class Lexicon:
    """The word lists of a workspace, by language and category, ready to be looked for."""

    def __init__(self, words: Mapping[tuple[str, str], Iterable[str]]) -> None:
        self._words = {key: tuple(listed) for key, listed in words.items()}
        self._lists: dict[str, Wordlist] = {}

    def finds(self, name: str, tokens: Sequence[Token]) -> bool:
        """Whether the text has a word of "fr:insults", of "insults" in any language, or of "all".

        "all" leaves out what is often meant well. An unknown name finds nothing.
        """
        if name not in self._lists:
            self._lists[name] = Wordlist(
                read_phrase(word)
                for (language, category), listed in self._words.items()
                if name in {category, f"{language}:{category}"}
                or (name == "all" and category not in QUIET)
                for word in listed
            )
        return self._lists[name].is_in(tokens)
