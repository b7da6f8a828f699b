"""What a rule may do: a closed set, and a person can take back every one of them."""

from collections.abc import Iterable
from typing import Literal, get_args

Do = Literal["hide", "hold", "case", "mark", "alert", "label"]

# Nothing here blocks, deletes, reports, escalates, exports or investigates, and nothing may.
ACTIONS: tuple[Do, ...] = get_args(Do)
# These reach the platform, or somebody's evening: they must not fit ordinary comments.
INTRUSIVE: frozenset[Do] = frozenset({"hide", "hold", "case", "alert"})
LABEL_MOST = 40  # characters


class ActionError(ValueError):
    """The actions are none that a rule may take: "empty", "unknown", "label", "both"."""


def clean_actions(raw: object) -> list[dict[str, str]]:
    """Actions from JSON or a form, each once and in the order of ACTIONS. Raises ActionError."""
    if not isinstance(raw, Iterable) or isinstance(raw, str):
        raise ActionError("unknown")
    found: dict[str, dict[str, str]] = {}
    for one in raw:
        do = one.get("do") if isinstance(one, dict) else None
        if do not in ACTIONS:
            raise ActionError("unknown")
        found[do] = {"do": do}
        if do == "label":
            name = " ".join(str(one.get("name", "")).split())
            if not 0 < len(name) <= LABEL_MOST or not name.isprintable():
                raise ActionError("label")
            found[do]["name"] = name
    if not found:
        raise ActionError("empty")
    if {"hide", "hold"} <= found.keys():
        raise ActionError("both")
    return [found[do] for do in ACTIONS if do in found]


def is_intrusive(actions: Iterable[dict[str, str]]) -> bool:
    """Whether one of them is felt by somebody: by the author, or by whoever is on duty."""
    return any(one["do"] in INTRUSIVE for one in actions)
