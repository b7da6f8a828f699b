"""How well the model judges, from the figures that came with it: read carefully, never trusted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harassment import classifier
from harassment.charts import Bin, Reliability, reliability
from harassment.detection.groups import CRITICISM, PRAISE, group_title, is_harmful
from harassment.queries.counts import Figure
from harassment.queries.shares import Share

LANGUAGES = ("en", "fr")
NAMES_SHOWN = 80  # characters of what a figures file calls something
MOST_ROWS = 100  # groups and published sets; a file may hold anything
MOST_COUNTED = 10**9
BLIND_SPOTS = 3  # of each kind
# Fewer comments say little, and everybody errs a little: neither is a blind spot.
_ENOUGH = 20
_MISSES_FROM, _FALSE_ALARMS_FROM = 0.1, 0.03


@dataclass(frozen=True, slots=True)
class GroupLine:
    """How often one kind of comment is judged wrongly."""

    code: str
    title: str  # empty for a kind that this version does not know
    is_harmful: bool
    wrong: Share


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """What the model reached on somebody else's test set."""

    name: str
    metric: str
    value: str
    count: Figure
    measured_on: date | None


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the figures that come first."""

    label: str
    share: Share
    note: str


@dataclass(frozen=True)
class LanguageAccuracy:
    """The figures of one language."""

    language: str
    count: Figure
    auc: str
    calibration_error: str
    precision: Share
    recall: Share
    drawing: Reliability | None
    groups: tuple[GroupLine, ...]  # the worst first
    published: tuple[PublishedLine, ...]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The four figures that say most."""
        return (
            _tile(
                _("Right when it flags"),
                self.precision,
                ngettext(
                    "%(range)s, of %(count)s flagged comment",
                    "%(range)s, of %(count)s flagged comments",
                    self.precision.of,
                ),
            ),
            _tile(
                _("Abuse it finds"),
                self.recall,
                ngettext(
                    "%(range)s, of %(count)s abusive comment",
                    "%(range)s, of %(count)s abusive comments",
                    self.recall.of,
                ),
            ),
            *(
                _tile(
                    label,
                    share,
                    ngettext(
                        "%(range)s, of %(count)s comment",
                        "%(range)s, of %(count)s comments",
                        share.of,
                    ),
                )
                for label, share in (
                    (_("Criticism taken for abuse"), self.criticism),
                    (_("Praise taken for abuse"), self.praise),
                )
            ),
        )

    @cached_property
    def criticism(self) -> Share:
        """How often criticism is taken for abuse."""
        return self._wrong_in(CRITICISM)

    @cached_property
    def praise(self) -> Share:
        """How often praise is taken for abuse."""
        return self._wrong_in(PRAISE)

    @cached_property
    def blind_spots(self) -> tuple[str, ...]:
        """The worst kinds in a sentence each; none when no kind stands out."""
        sure = [line for line in self.groups if line.wrong.of >= _ENOUGH]
        missed = [one for one in sure if one.is_harmful and one.wrong.rate >= _MISSES_FROM]
        alarms = [
            one for one in sure if not one.is_harmful and one.wrong.rate >= _FALSE_ALARMS_FROM
        ]
        sentences = [
            (_("Misses %(share)s %(group)s."), [one for one in missed if one.title]),
            (_("Wrongly flags %(share)s %(group)s."), [one for one in alarms if one.title]),
        ]
        return tuple(
            sentence % {"share": one.wrong.words, "group": one.title}
            for sentence, lines in sentences
            for one in lines[:BLIND_SPOTS]
        )

    def _wrong_in(self, codes: Sequence[str]) -> Share:
        lines = [line.wrong for line in self.groups if line.code in codes]
        return Share(sum(line.hits for line in lines), sum(line.of for line in lines))


@dataclass(frozen=True, slots=True)
class ModelAccuracy:
    """All figures of the model, or why there are none."""

    model_version: str
    made_on: date | None
    languages: tuple[LanguageAccuracy, ...]
    is_broken: bool  # there are figures, and they make no sense

    def of(self, language: str) -> LanguageAccuracy | None:
        """The figures of that language, else of the first one, else None."""
        named = [one for one in self.languages if one.language == language]
        return next(iter(named or self.languages), None)


def model_accuracy() -> ModelAccuracy:
    """What the configured model's folder says of its errors. Loads no model.

    A figure that makes no sense is left out: none is better than a wrong one.
    """
    card = classifier.card()
    languages = _mapping(card.get("languages"))
    found = tuple(
        _language(language, _mapping(languages[language]), card.get("published"))
        for language in LANGUAGES
        if _mapping(languages.get(language))
    )
    found = tuple(one for one in found if one.count)
    return ModelAccuracy(
        model_version=_text(card.get("model_version")),
        made_on=_date(card.get("made")),
        languages=found,
        is_broken=bool(card) and not found,
    )


def _tile(label: str, share: Share, note: str) -> Tile:
    if not share.of:
        return Tile(label, share, _("not measured"))
    return Tile(label, share, note % {"range": share.range, "count": share.count})


def _language(language: str, raw: Mapping[str, Any], published: object) -> LanguageAccuracy:
    decisions = _mapping(raw.get("decisions"))
    hit, false, missed, left = (_count(decisions.get(name)) for name in ("tp", "fp", "fn", "tn"))
    auc, error = _share(raw.get("auc")), _share(raw.get("ece"))
    return LanguageAccuracy(
        language=language,
        count=Figure(_count(raw.get("n")) or hit + false + missed + left),
        auc="" if auc is None else formats.number_format(auc, 3),
        calibration_error="" if error is None else formats.number_format(error * 100, 1),
        precision=Share(hit, hit + false),
        recall=Share(hit, hit + missed),
        drawing=reliability(_bins(raw.get("reliability"))),
        groups=_groups(raw.get("groups")),
        published=_published(published, language),
    )


def _bins(raw: object) -> list[Bin]:
    bins = []
    for one in map(_mapping, _list(raw)):
        low, high, mean, share = (_share(one.get(key)) for key in ("low", "high", "mean", "share"))
        count = _count(one.get("n"))
        if low is None or high is None or mean is None or share is None or not count:
            continue
        hits = Share(round(share * count), count)
        bins.append(Bin(low, high, mean, share, *hits.bounds, count))
    return sorted(bins, key=lambda one: one.mean)


def _groups(raw: object) -> tuple[GroupLine, ...]:
    lines = []
    for one in map(_mapping, _list(raw)):
        code, count, flagged = _text(one.get("name")), _count(one.get("n")), one.get("flagged")
        known, said = is_harmful(code), one.get("harmful")
        harmful = known if known is not None else said if isinstance(said, bool) else None
        if not code or harmful is None or not 0 <= _count(flagged) <= count or not count:
            continue
        wrong = count - _count(flagged) if harmful else _count(flagged)
        lines.append(GroupLine(code, group_title(code), harmful, Share(wrong, count)))
    return tuple(sorted(lines, key=lambda line: (-line.wrong.rate, -line.wrong.of, line.code)))


def _published(raw: object, language: str) -> tuple[PublishedLine, ...]:
    lines = []
    for one in map(_mapping, _list(raw)):
        value = _share(one.get("value"))
        if one.get("language") != language or value is None or not _text(one.get("name")):
            continue
        lines.append(
            PublishedLine(
                name=_text(one.get("name")),
                metric=_metric(_text(one.get("metric"))),
                value=formats.number_format(value, 3),
                count=Figure(_count(one.get("n"))),
                measured_on=_date(one.get("date")),
            )
        )
    return tuple(lines)


def _metric(name: str) -> str:
    """What a measure is called; an unknown one keeps its own name."""
    return {
        "accuracy": _("share judged rightly"),
        "auc": _("area under the curve (AUC)"),
        "macro_f1": _("macro F1"),
        "recall": _("harmful ones found"),
        "false_positive_rate": _("harmless ones flagged"),
        "ece": _("calibration error"),
    }.get(name, name)


def _mapping(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _list(raw: object) -> list[object]:
    return raw[:MOST_ROWS] if isinstance(raw, list) else []


def _count(raw: object) -> int:
    """A plausible count, else 0."""
    is_number = isinstance(raw, int) and not isinstance(raw, bool)
    return raw if is_number and 0 <= raw <= MOST_COUNTED else 0  # type: ignore[operator,return-value]


def _share(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return float(raw) if 0 <= raw <= 1 else None


def _text(raw: object) -> str:
    return raw[:NAMES_SHOWN] if isinstance(raw, str) else ""


def _date(raw: object) -> date | None:
    try:
        return parse_date(_text(raw)[:10])
    except ValueError:
        return None
