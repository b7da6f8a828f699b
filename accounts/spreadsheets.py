"""What a file for a spreadsheet must never hold: a cell that computes."""

# What a spreadsheet takes for a formula, also in its wide forms and behind a space.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def neutral(value: object) -> str:
    """A cell that no spreadsheet computes: one that could be a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
