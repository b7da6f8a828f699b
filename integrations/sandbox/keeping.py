"""The optional state file: what a restart must not forget (tokens, decisions, new comments)."""

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.sandbox.dialects import DIALECTS
from integrations.sandbox.grants import Access, Grant
from integrations.sandbox.memory import Memory, Options
from integrations.sandbox.world import Author, Comment, World

VERSION = 1


def remember(options: Options) -> Memory:
    """A sandbox as the state file left it; a new one when the file is absent or of another seed."""
    try:
        saved = json.loads(Path(options.state_file).read_text(encoding="utf-8"))
        if saved["version"] == VERSION and saved["world"] == _identity(options):
            memory = Memory(options, epoch=datetime.fromisoformat(saved["epoch"]))
            _restore(memory, saved)
            return memory
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # no file, or not one of ours: the sandbox holds nothing that must not be lost
    return Memory(options)


def save(memory: Memory) -> None:
    """Write the state file whole or not at all. It holds sandbox tokens: owner-only."""
    path = Path(memory.options.state_file)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(_snapshot(memory), default=_plain), encoding="utf-8")
    fresh.replace(path)


def _identity(options: Options) -> list[Any]:
    return [options.seed, options.comments, options.client_id]


def _snapshot(memory: Memory) -> dict[str, Any]:
    world = memory.world
    return {
        "version": VERSION,
        "world": _identity(memory.options),
        "epoch": world.epoch,
        "offset_s": memory.clock.offset.total_seconds(),
        **_changes(world),
        "others": {kind: _other(memory, kind) for kind in memory.crowds if kind in DIALECTS},
        "bans": {channel: sorted(people) for channel, people in world.bans.items()},
        "used": [[client, day, units] for (client, day), units in memory.ledger.used.items()],
        "grants": [
            {
                **asdict(grant),
                "access": {
                    token: access.expires_at
                    for token, access in memory.grants.by_access.items()
                    if access.grant is grant
                },
            }
            for grant in memory.grants.grants_of()
        ],
    }


def _changes(world: World) -> dict[str, Any]:
    changed = [world.comments[comment_id] for comment_id in sorted(world.touched)]
    return {
        "comments": [asdict(comment) for comment in changed],
        "authors": [asdict(world.authors[comment.author_id]) for comment in changed],
        "removed": sorted(world.removed),
    }


def _other(memory: Memory, kind: str) -> dict[str, Any]:
    wallet = memory.wallet(kind)
    # A dialect whose tokens need not survive a restart has no word for it.
    told = wallet.saved() if hasattr(wallet, "saved") else None
    return {**_changes(memory.world_of(kind)), "wallet": told}


def _change(world: World, saved: dict[str, Any]) -> None:
    for entry in saved["authors"]:
        world.authors[entry["id"]] = Author(**entry)
    for entry in saved["comments"]:
        for name in ("published_at", "updated_at"):
            entry[name] = datetime.fromisoformat(entry[name])
        world.put(Comment(**entry))
    for comment_id in saved["removed"]:
        world.delete(comment_id)


def _restore(memory: Memory, saved: dict[str, Any]) -> None:
    world = memory.world
    memory.clock.offset = timedelta(seconds=saved["offset_s"])
    _change(world, saved)
    for kind, other in saved.get("others", {}).items():
        _change(memory.world_of(kind), other)
        if other["wallet"] is not None:
            memory.wallet(kind).restore(other["wallet"])
    world.bans = {channel: set(people) for channel, people in saved["bans"].items()}
    for client, day, units in saved["used"]:
        memory.ledger.used[client, date.fromisoformat(day)] = units
    for entry in saved["grants"]:
        tokens = entry.pop("access")
        grant = Grant(**{**entry, "scopes": tuple(entry["scopes"])})
        memory.grants.consented.add(grant.channel_id)
        if grant.refresh:
            memory.grants.by_refresh[grant.refresh] = grant
        for token, expires_at in tokens.items():
            memory.grants.by_access[token] = Access(grant, datetime.fromisoformat(expires_at))


def _plain(value: object) -> str:
    if isinstance(value, date):  # datetime is one, too
        return value.isoformat()
    raise TypeError(type(value).__name__)
