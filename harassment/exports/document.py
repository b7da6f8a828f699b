"""What stands in the evidence PDF: words for the typesetter, every outside text as data."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from harassment.exports.glyphs import is_right_to_left, pieces
from harassment.exports.items import erased, held

Draw = Callable[[str], str]

REASONS = {
    "incident": lambda: _("when it was found"),
    "action": lambda: _("right before a person acted on it"),
    "edit": lambda: _("after its author had edited it"),
    "moved": lambda: _("when it joined this case from another one"),
}
GAPS = {
    "text_cut": lambda: _("The text was longer than Aura keeps; its hash is of the whole."),
    "no_permalink": lambda: _("The platform gave no address of the comment."),
    "no_post": lambda: _("The post it stood under is not known."),
    "thread_not_seen": lambda: _("The comment that it answers was never seen."),
    "not_from_the_platform": lambda: _("It came from a file, not from the platform."),
    "captured_by_hand": lambda: _(
        "A person captured it by hand from their screen; no platform has confirmed it."
    ),
    "no_platform_payload": lambda: _("The platform's own record of it is missing."),
    "not_scored": lambda: _("The classifier had not judged it yet."),
}


def limits() -> list[str]:
    """What this evidence cannot show, in plain words."""
    return [
        _(
            "This is what Aura saw through the platform's interface at the time that is stated. "
            "Aura does not know who the person behind an account is."
        ),
        _(
            "A comment may have been edited or deleted before Aura saw it, and since. What was not "
            "seen is said at each item."
        ),
        _(
            "Severity and kinds are a machine's estimate, not a finding. What is described is "
            "alleged until a court has decided."
        ),
        _(
            "The chain and the signature show that nothing was changed after it was sealed. They "
            "do not show that the platform told the truth, nor whose key it is: compare the key "
            "with the one that the sender names."
        ),
        _(
            "A timestamp of the local authority is not qualified: it comes from the same "
            "installation. A court may want a record by a bailiff or the police."
        ),
        _(
            "Characters that the font of this document cannot draw, and those that show nothing, "
            "stand as their code and name. The exact text is in evidence.json."
        ),
    ]


def exhibit_part(seen: dict[str, Any]) -> dict[str, Any]:
    """The pack exhibit as a table: per item what stood under its post before it."""
    return {
        "title": _("What each author could already read"),
        "columns": [
            _("Item"),
            _("Written (UTC)"),
            _("Could be read"),
            _("of them flagged"),
            _("Unsure"),
            _("Captured by then"),
        ],
        "rows": [
            [str(row["item"]), row["published_at"][:19].replace("T", " "), *_counts(row["before"])]
            for row in seen["rows"]
        ],
        "limits": seen["limits"],
    }


def _counts(before: dict[str, int] | None) -> list[str]:
    if before is None:
        return ["?"] * 4
    return [str(before[name]) for name in ("open", "flagged", "unsure", "captured")]


def fact(label: str, text: object, draw: Draw) -> dict[str, Any]:
    """One labelled text for the typesetter."""
    return {"label": draw(label), "pieces": pieces(str(text)), "rtl": is_right_to_left(str(text))}


def item_part(item: dict[str, Any], draw: Draw) -> dict[str, Any]:
    """One item of evidence.json as title and labelled texts; empty ones are left out."""
    link, known = item["link"], held(item)
    post, thread, score = (known.get(name) or {} for name in ("post", "thread", "score"))
    gaps = [GAPS[name]() for name in known.get("gaps") or [] if name in GAPS]
    author = (known.get(f"author.{name}") for name in ("handle", "name", "external_id"))
    platform = (known.get(f"account.{name}") for name in ("platform", "name", "external_id"))
    pairs = [
        (_("Comment"), known.get("comment.text")),
        (_("Author"), _joined(author)),
        (_("Published (UTC)"), known.get("comment.published_at")),
        (_("Edited (UTC)"), known.get("comment.edited_at")),
        (_("Address"), known.get("comment.permalink")),
        (_("On"), _joined(platform)),
        (_("Under the post"), _joined([post.get("title"), post.get("url")])),
        (_("In answer to"), _joined([thread.get("author_handle"), thread.get("text")], ": ")),
        *(
            (_("Earlier wording, seen until %(when)s") % {"when": old["seen_until"]}, old["text"])
            for old in known.get("earlier_wordings") or []
        ),
        (
            _("Estimate of the classifier"),
            score
            and f"{score['severity']}/4 {' '.join(score['kinds'])} ({score['model_version']})",
        ),
        (_("Captured by hand"), _by_hand(known.get("platform_payload"))),
        (_("Not seen"), " ".join(gaps)),
        (_("Erased on request"), ", ".join(erased(item))),
        (_("Sealed (UTC)"), f"{link.get('captured_at')}, {_reason(link)}"),
        ("SHA-256", item["hash"]),
    ]
    return {
        "title": _("Item %(number)s") % {"number": item["sequence"]},
        "rows": [fact(label, text, draw) for label, text in pairs if text],
    }


def _by_hand(payload: object) -> str:
    """Who says that it stood on their screen, when and where; empty for what a platform told."""
    told = payload.get("captured_by_hand") if isinstance(payload, dict) else None
    if not isinstance(told, dict):
        return ""
    return _joined([told.get("by"), told.get("at"), told.get("page"), told.get("shown_time")])


def _reason(link: dict[str, Any]) -> str:
    words = REASONS.get(str(link.get("reason")))
    return words() if words else ""


def _joined(parts: Any, between: str = " · ") -> str:
    return between.join(str(part) for part in parts if part)
