"""The evidence as CSV for people with a spreadsheet; the exact words are in the JSON."""

from typing import Any

from accounts.spreadsheets import neutral
from harassment.exports.items import erased, held

COLUMNS = (
    "item", "sealed_at_utc", "reason", "purpose", "method", "platform", "account", "post_title",
    "post_url", "permalink", "published_at_utc", "edited_at_utc", "author_handle", "author_name",
    "author_id", "text", "text_sha256", "severity", "kinds", "gaps", "erased_fields", "hash",
)  # fmt: skip


def row(item: dict[str, Any]) -> list[str]:
    """One item of evidence.json as cells in the order of COLUMNS."""
    link = item["link"]
    fields = held(item)
    post, score = fields.get("post") or {}, fields.get("score") or {}
    cells = [
        item["sequence"], link.get("captured_at"), link.get("reason"), link.get("purpose"),
        link.get("method"), fields.get("account.platform"), fields.get("account.name"),
        post.get("title"), post.get("url"), fields.get("comment.permalink"),
        fields.get("comment.published_at"), fields.get("comment.edited_at"),
        fields.get("author.handle"), fields.get("author.name"), fields.get("author.external_id"),
        fields.get("comment.text"), fields.get("comment.text_sha256"), score.get("severity"),
        " ".join(score.get("kinds") or []), " ".join(fields.get("gaps") or []),
        " ".join(erased(item)), item["hash"],
    ]  # fmt: skip
    return [neutral(cell) for cell in cells]
