"""The words that rules look for here: the packs with what this workspace added and took away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from harassment.models import LexiconChange
from harassment.rules import Lexicon
from harassment.rules.packs import CATEGORIES, LANGUAGES, packs
from harassment.rules.wording import CATEGORY_WORDS, LANGUAGE_WORDS

Key = tuple[str, str]  # language, category
Step = tuple[str, str, str, str]  # language, category, word, added or removed


@dataclass(frozen=True, slots=True)
class LexiconLine:
    """One word, and whether it is from the pack or the workspace's own."""

    word: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class LexiconPart:
    """One category of one language."""

    language: str
    category: str
    lines: tuple[LexiconLine, ...]
    added: int
    removed: int

    @property
    def title(self) -> str:
        """What it holds."""
        return str(CATEGORY_WORDS[self.category])


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change, without its word."""

    step: str
    step_words: str
    title: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class LexiconPage:
    """All lists as they stand."""

    parts: tuple[LexiconPart, ...]
    version: int  # how many changes the workspace has made
    pack_versions: tuple[tuple[str, int], ...]
    changes: tuple[ChangeLine, ...]  # the newest first


CHANGES_SHOWN = 10


def steps_asked() -> QuerySet[LexiconChange, Step]:
    """The workspace's changes, oldest first, still lazy."""
    return LexiconChange.objects.order_by("pk").values_list("language", "category", "word", "step")


def steps(up_to: int | None = None) -> list[Step]:
    """The workspace's changes, oldest first; only the first `up_to` of them when given."""
    found = steps_asked()
    return list(found if up_to is None else found[:up_to])


def words_after(changes: Iterable[Sequence[str]]) -> dict[Key, dict[str, bool]]:
    """Every list after those changes: word to whether it is the workspace's own."""
    words: dict[Key, dict[str, bool]] = {
        (language, category): dict.fromkeys(pack.words[category], False)
        for language, pack in packs().items()
        for category in CATEGORIES
    }
    for language, category, word, step in changes:
        listed = words.get((language, category))
        if listed is None:
            continue  # a category that no longer exists
        if step == LexiconChange.Step.ADDED:
            listed.setdefault(word, word not in packs()[language].words[category])
        else:
            listed.pop(word, None)
    return words


def present_lexicon() -> Lexicon:
    """What rules look for now; one query."""
    return Lexicon(words_after(steps()))


def lexicon_page() -> LexiconPage:
    """The lists with their changes; two queries."""
    changes = steps()
    words = words_after(changes)
    gone: dict[Key, int] = defaultdict(int)
    for language, category in words:
        pack = packs()[language].words[category]
        gone[language, category] = sum(word not in words[language, category] for word in pack)
    return LexiconPage(
        parts=tuple(
            LexiconPart(
                language=language,
                category=category,
                lines=tuple(
                    LexiconLine(word, is_own)
                    for word, is_own in sorted(words[language, category].items())
                ),
                added=sum(words[language, category].values()),
                removed=gone[language, category],
            )
            for language in LANGUAGES
            for category in CATEGORIES
        ),
        version=len(changes),
        pack_versions=tuple((language, packs()[language].version) for language in LANGUAGES),
        changes=tuple(
            ChangeLine(
                step=change.step,
                step_words=change.get_step_display(),
                title=f"{CATEGORY_WORDS[change.category]}, {LANGUAGE_WORDS[change.language]}",
                made_by=change.made_by_label,
                made_at=change.made_at,
            )
            for change in LexiconChange.objects.order_by("-pk")[:CHANGES_SHOWN]
        ),
    )
