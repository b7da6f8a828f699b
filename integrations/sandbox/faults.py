"""Fault rules: which received call is disturbed, and how."""

import json
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from integrations.sandbox.spoil import Changes, Spoiler

# Answered instead of the platform's handler.
INSTEAD = frozenset(
    {
        "status", "hang", "reset_connection", "empty_200", "quotaExceeded", "rateLimitExceeded",
        "commentsDisabled", "commentNotFound", "processingFailure", "cursor_invalid",
        "refresh_invalid_grant", "throttled", "system_error", "wrong_content_type", "graph_error",
    }
)  # fmt: skip
# Done before the handler runs as usual.
BEFORE = frozenset({"slow", "token_expired", "token_revoked", "scope_removed"})
# Obeyed by the handler itself.
INSIDE = frozenset(
    {
        "page_shift", "page_duplicate", "empty_page_with_next", "has_more_forever", "write_ignored",
        "short_page_has_more", "unhide_noop", "refresh_no_new_token",
    }
)  # fmt: skip
# Done to the handler's finished answer.
AFTER = frozenset(
    {
        "truncated_json", "long_text", "null_author", "unknown_fields", "missing_fields",
        "huge_body", "write_unknown_outcome", "lost_response", "ids_as_numbers",
    }
)  # fmt: skip
ACTIONS = INSTEAD | BEFORE | INSIDE | AFTER


@dataclass(slots=True)
class Rule:
    """Disturb calls matching path and method: from the `nth` match on, `times` times."""

    id: int
    action: str
    path_re: re.Pattern[str]
    method: str
    nth: int
    times: int
    params: dict[str, Any]
    matched: int = 0
    fired: int = 0

    def describe(self) -> dict[str, Any]:
        """The rule as the control plane shows it."""
        return {
            "id": self.id,
            "action": self.action,
            "match": {"path_re": self.path_re.pattern, "method": self.method, "nth": self.nth},
            "times": self.times,
            "matched": self.matched,
            "fired": self.fired,
            **self.params,
        }


@dataclass
class Faults:
    """The rules in force, oldest first; the first that fires wins."""

    rules: list[Rule] = field(default_factory=list)
    _ids: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    def add(self, spec: dict[str, Any]) -> Rule:
        """A rule from its JSON form; ValueError with a sentence when it makes no sense."""
        action = str(spec.get("action", ""))
        params = {k: v for k, v in spec.items() if k not in {"action", "match", "times"}}
        name, _, argument = action.partition(":")
        if argument:  # "slow:500", "status:503"
            action = name
            params[{"slow": "ms", "status": "status"}.get(name, "value")] = int(argument)
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known: {', '.join(sorted(ACTIONS))}")
        match = spec.get("match") or {}
        try:
            pattern = re.compile(str(match.get("path_re", "")))
        except re.error as error:
            raise ValueError(f"path_re: {error}") from None
        rule = Rule(
            id=next(self._ids),
            action=action,
            path_re=pattern,
            method=str(match.get("method", "")).upper(),
            nth=max(int(match.get("nth", 1)), 1),
            times=int(spec.get("times", 1)),
            params=params,
        )
        self.rules.append(rule)
        return rule

    def pick(self, method: str, path: str) -> Rule | None:
        """The rule that disturbs this call, if any; counts every match."""
        chosen = None
        for rule in self.rules:
            if (rule.method and rule.method != method) or not rule.path_re.search(path):
                continue
            rule.matched += 1
            if chosen is None and rule.matched >= rule.nth and rule.fired < rule.times:
                rule.fired += 1
                chosen = rule
        return chosen

    def clear(self) -> None:
        """Back to a well-behaved platform."""
        self.rules.clear()


def disturb(body: bytes, rule: Rule, changes: Changes | None = None) -> bytes:
    """An answer's body after the rule; only the actions of AFTER that keep the status.

    `changes` are a platform's own ways to spoil its answers, YouTube's unless given.
    """
    if rule.action == "truncated_json":
        return body[: max(len(body) // 2, 1)]
    if rule.action == "huge_body":
        return b'{"kind":"' + b"x" * int(rule.params.get("size", 9 * 1024 * 1024)) + b'"}'
    try:
        data = json.loads(body)
    except ValueError:
        return body
    change = (_CHANGES if changes is None else changes).get(rule.action)
    if change is None:
        return body
    change(data, rule.params)
    return json.dumps(data, ensure_ascii=False).encode()


_CHANGES = Spoiler(
    having=("textDisplay",),
    texts=("textDisplay", "textOriginal"),
    emptied=("authorDisplayName",),
    dropped=("authorChannelId", "authorChannelUrl", "authorProfileImageUrl"),
    time="publishedAt",
).changes()
