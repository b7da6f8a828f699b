"""How much a window of comments looks like a pile-on: its most telling part, explained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harassment.dogpiles import measures
from harassment.dogpiles.copies import Groups
from harassment.dogpiles.records import HOSTILE_FROM, Finding, Heard
from harassment.dogpiles.rhythm import Rhythm

SCALES_S = (60, 300, 1800)  # a wave of a minute drowns in an hour, and the other way round
RECENT_S = SCALES_S[-1]  # of it everything is looked at
DAY_S = 86_400  # of it what may be hostile: copies that trickle in below every limit
WINDOW_MOST = 1500  # records; the newest count
HOSTILE_PEOPLE = 6.0  # fewer (clearness added up, so seven or more) are a quarrel, no pile-on
_GROUP_PEOPLE = 3
_GROUP_MEAN = 0.35  # copies that are mostly harmless are a give-away or a running gag
_GROUPS_MOST = 5
_COPYING_PEOPLE, _COPYING_HOSTILE = 6, 2.5  # who paste the same abuse have more in common
_COPYING_SHARE = 0.02  # of a day's suspects: a large account hears some phrases daily
_COPIED_CHARACTERS = 18  # over a day short insults are alike by chance


@dataclass(frozen=True, slots=True)
class _Group:
    """Versions of one hostile wording."""

    members: tuple[Heard, ...]

    @property
    def people(self) -> int:
        return len({one.author for one in self.members})


def judge(
    heard: Iterable[Heard], rhythm: Rhythm, now: float, groups: Groups | None = None
) -> Finding:
    """Judge what was heard up to `now`; the finding is empty while too few people are hostile.

    The order of records within a second does not matter. Looks at the newest WINDOW_MOST records:
    all of the last RECENT_S seconds, and of the last day those from HOSTILE_FROM on. `groups` of
    an earlier look at the same account save comparing everything anew; they change no finding.
    """
    kept = [
        one
        for one in heard
        if now - DAY_S < one.at <= now and (one.at > now - RECENT_S or one.toxicity >= HOSTILE_FROM)
    ]
    if not _is_suspect(kept):
        return Finding()  # as nearly always, before anything is sorted or compared
    kept.sort(key=lambda one: (int(one.at), one.author, one.post, one.text, one.toxicity))
    window = kept[-WINDOW_MOST:]
    if len(window) < len(kept) and not _is_suspect(window):
        return Finding()
    suspect = [one for one in window if one.toxicity >= HOSTILE_FROM]
    recent = [one for one in window if one.at > now - RECENT_S]
    copied = _copied(suspect, recent, groups or Groups())
    parts = [[one for one in recent if one.at > now - scale] for scale in SCALES_S]
    findings = [
        _part(part, copied, rhythm, now, scale) for part, scale in zip(parts, SCALES_S, strict=True)
    ]
    findings += [
        _part(group.members, [group], rhythm, now, *_around(group, recent, now))
        for group in copied
        if group.people >= max(_COPYING_PEOPLE, _COPYING_SHARE * len(suspect))
        and all(len(one.text) >= _COPIED_CHARACTERS for one in group.members)
    ]
    return max(findings, key=lambda finding: finding.score)


def _is_suspect(window: Sequence[Heard]) -> bool:
    suspect = (one for one in window if one.toxicity >= HOSTILE_FROM)
    return sum(measures.hostile_authors(suspect).values()) >= _COPYING_HOSTILE


def _copied(suspect: Sequence[Heard], recent: Sequence[Heard], groups: Groups) -> list[_Group]:
    """The largest groups of hostile copies, with the copies that were scored as harmless."""
    by_text: dict[str, list[Heard]] = {}
    for one in suspect:
        by_text.setdefault(one.text, []).append(one)
    found = []
    for texts in groups.of(by_text):
        members = [one for text in texts for one in by_text[text]]
        if len({one.author for one in members}) >= _GROUP_PEOPLE:
            found.append((texts[0], members))
    found.sort(key=lambda pair: -len(pair[1]))
    found = found[:_GROUPS_MOST]
    if not found:
        return []
    harmless = [one for one in recent if one.toxicity < HOSTILE_FROM]
    return [
        _Group(tuple(whole))
        for leader, members in found
        if _mean(whole := [*members, *_versions(leader, harmless, groups)]) >= _GROUP_MEAN
    ]


def _versions(leader: str, others: Sequence[Heard], groups: Groups) -> list[Heard]:
    return [one for one in others if groups.are_versions(leader, one.text)]


def _around(group: _Group, recent: Sequence[Heard], now: float) -> tuple[float, int]:
    """How long a group has been heard, as far as everything is known, and how much came then."""
    start = min(one.at for one in group.members)
    seconds = min(max(now - start, SCALES_S[0]), RECENT_S)
    return seconds, sum(one.at > now - seconds for one in recent)


def _mean(members: Sequence[Heard]) -> float:
    return sum(one.toxicity for one in members) / len(members)


def _part(
    part: Sequence[Heard],
    copied: Sequence[_Group],
    rhythm: Rhythm,
    now: float,
    seconds: float,
    in_all: int | None = None,
) -> Finding:
    """Judge one stretch, or one group of copies beside `in_all` comments of its stretch."""
    authors = measures.hostile_authors(part)
    hostile = sum(authors.values())
    if hostile < (HOSTILE_PEOPLE if in_all is None else _COPYING_HOSTILE):
        return Finding()
    start = min(one.at for one in part)
    suspect = [one for one in part if one.toxicity >= HOSTILE_FROM]
    # Of a group of copies nobody would have come anyway.
    usual = 0.0 if in_all is not None else rhythm.expected(now, seconds)
    anyway = usual * len(authors) / len(part)
    copying = {one.author for group in copied for one in group.members if start <= one.at}
    return Finding(
        signals=(
            measures.hostility(authors, rhythm, anyway),
            measures.copies(len(copying & authors.keys())),
            measures.velocity(in_all or len(part), hostile, rhythm, now, seconds),
            measures.newcomers(suspect, rhythm),
            measures.synchrony(suspect, now),
            measures.overlap(suspect),
        ),
        started_at=start,
        comments=len(part),
        authors=len(authors),
        newcomers=len({one.author for one in part if one.is_first}),
        hostile=hostile,
    )
