"""Items of evidence.json: made from rows, and read the same way whatever format sealed them."""

from typing import Any

from harassment.chain import canonical
from harassment.models import Evidence

_SECTIONS = ("account", "post", "comment", "author")


def item_of(row: Evidence) -> dict[str, Any]:
    """One link with all that is left of its content: an item of evidence.json."""
    return {
        "sequence": row.sequence,
        "hash": row.hash,
        "previous_hash": row.previous_hash,
        "link": row.payload,
        "fields": row.fields(),
    }


def chain_line(row: Evidence) -> bytes:
    """The same link as a line of chain.txt."""
    return f"{row.previous_hash} {row.hash} ".encode() + canonical(row.payload) + b"\n"


def held(item: dict[str, Any]) -> dict[str, Any]:
    """Field name to value of what was not erased; the first format has it in the link."""
    link, fields = item["link"], item["fields"]
    if "fields" in link:
        return {name: field["value"] for name, field in fields.items() if "salt" in field}
    found = {"thread": link.get("answers"), "earlier_wordings": link.get("earlier_wordings")}
    found |= {"score": link.get("score"), "post": link.get("post")}
    for section in _SECTIONS:
        for name, value in (link.get(section) or {}).items():
            found[f"{section}.{name}"] = value
    return found


def erased(item: dict[str, Any]) -> list[str]:
    """Names of the fields that were taken away."""
    return [name for name, field in item["fields"].items() if "salt" not in field]
