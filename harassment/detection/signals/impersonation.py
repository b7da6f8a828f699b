"""Somebody who looks like the creator: the author, or a name that a comment points to."""

import re
from collections.abc import Iterator

from harassment.detection.signals.base import Circumstances, Signal
from harassment.detection.signals.reading import Reading
from harassment.detection.signals.skeletons import distance, handle_core, skeleton

_SHORTEST_HANDLE = 5  # below it, half of all handles are one letter apart
_SHORTEST_NAME = 8  # a display name is not unique: "Emma" is nobody's own
_NEAR = 7  # from this length on one wrong letter is no chance
_CLAIMS = re.compile(
    r"(?:official|officiel|officielle|real|vrai|vraie|backup|support|team|admin|manager|contact"
    r"|help|tv|channel"
    r"|the|its|iam|im|private|prive|pro|hq|page|fan|fans|club|fr|uk|us|yt|ttv)+"
)
_FANS = re.compile(r"fans?|club|stan|lover|army|archive|clips?|edits?|memes?|updates?|quotes|crack")
_POINTS = re.compile(r"(?<![\w.])@([a-z0-9_.\-]{4,40})")
_LURE = re.compile(
    r"\b(?:telegram|whatsapp|official|backup|second account|contact|dm|message|write|text|win"
    r"|won|winner|prize|gift|claim|support|manager"
    r"|officiel|deuxieme compte|nouveau compte|gagne|gagnant|cadeau|ecris|ecrivez|contacte[sz]?"
    r"|reclame[rz]?|suivez|real account|only account)\b"
)


def find_impersonation(reading: Reading, around: Circumstances) -> Iterator[Signal]:
    """Whether the author poses as the creator, and each handle that leads to somebody who does.

    Nothing without a creator's name; the creator's own handle is never a signal.
    """
    if _poses(around.author_handle, around.creator_handle, around) or _has_the_name(around):
        yield Signal("impersonation", "author", 0, 0)
    own = handle_core(around.creator_handle)
    if len(own) < _SHORTEST_HANDLE or not _LURE.search(reading.text):
        return
    for match in _POINTS.finditer(reading.text):
        if _poses(match.group(1), around.creator_handle, around):
            yield Signal("impersonation", "pointer", *reading.raw_span(*match.span()))
            return


def _poses(handle: str, own: str, around: Circumstances) -> bool:
    theirs, mine = handle_core(handle), handle_core(own)
    if (
        not theirs
        or len(mine) < _SHORTEST_HANDLE
        or handle.lower().lstrip("@") == own.lower().lstrip("@")
    ):
        return False
    if _FANS.search(theirs) and not _FANS.search(mine):
        return False  # says that it is somebody else
    if skeleton(handle) == skeleton(own):
        return True
    if len(mine) >= _NEAR and distance(skeleton(handle), skeleton(own), 1) <= 1:
        # "milabuilds7" is a stranger of the same name; "miiabuilds" is not.
        return not theirs.startswith(mine) or not theirs[len(mine) :].isdigit()
    if len(mine) >= _NEAR and mine in theirs:
        rest = theirs.replace(mine, "", 1)
        return bool(_CLAIMS.fullmatch(rest)) and not _FANS.search(rest)
    return False


def _has_the_name(around: Circumstances) -> bool:
    own = skeleton(around.creator_name)
    if len(own) < _SHORTEST_NAME or not around.author_name:
        return False
    return skeleton(around.author_name) == own and not _is_the_same_person(around)


def _is_the_same_person(around: Circumstances) -> bool:
    mine, theirs = handle_core(around.creator_handle), handle_core(around.author_handle)
    return bool(mine) and mine == theirs
