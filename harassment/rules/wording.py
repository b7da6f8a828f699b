"""Rules in plain words: for lists, versions and their differences."""

from collections.abc import Iterable, Mapping

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from harassment.rules.conditions import Condition, Group

SUBJECTS: dict[str, Promise] = {
    "score": gettext_lazy("Any score"),
    "score:toxicity": gettext_lazy("Score for toxicity"),
    "score:severe_toxicity": gettext_lazy("Score for severe toxicity"),
    "score:insult": gettext_lazy("Score for insult"),
    "score:threat": gettext_lazy("Score for threat"),
    "score:identity_attack": gettext_lazy("Score for attack on an identity"),
    "score:obscene": gettext_lazy("Score for obscenity"),
    "score:sexual_explicit": gettext_lazy("Score for sexual remarks"),
    "severity": gettext_lazy("Severity"),
    "signal": gettext_lazy("Signal"),
    "text": gettext_lazy("Words of the text"),
    "lexicon": gettext_lazy("Word list"),
    "length": gettext_lazy("Length in characters"),
    "language": gettext_lazy("Language"),
    "earlier": gettext_lazy("Author's comments here before"),
    "strikes": gettext_lazy("Author's comments people found harmful"),
    "hidden": gettext_lazy("Author's comments hidden before"),
    "account": gettext_lazy("Account"),
    "platform": gettext_lazy("Platform"),
    "creator": gettext_lazy("Creator"),
    "post_age": gettext_lazy("Age of the post in hours"),
}
CATEGORY_WORDS: dict[str, Promise] = {
    "insults": gettext_lazy("Insults"),
    "looks": gettext_lazy("Body and looks"),
    "origin": gettext_lazy("Origin and identity"),
    "sexual": gettext_lazy("Sexual remarks"),
    "threats": gettext_lazy("Threats"),
    "despair": gettext_lazy("Calls to suicide"),
    "rude": gettext_lazy("Rude, and often meant well"),
}
LANGUAGE_WORDS: dict[str, Promise] = {
    "fr": gettext_lazy("French"),
    "en": gettext_lazy("English"),
    "und": gettext_lazy("Language not covered"),
}
SIGNAL_WORDS: dict[str, Promise] = {
    "doxx": gettext_lazy("Private details"),
    "threat": gettext_lazy("Concrete threat"),
    "self_harm": gettext_lazy("Call to suicide"),
    "blackmail": gettext_lazy("Blackmail"),
    "impersonation": gettext_lazy("Impersonation"),
    "spam": gettext_lazy("Spam or fraud"),
    "disguise": gettext_lazy("Disguised wording"),
}
MATCH_WORDS: dict[str, Promise] = {
    "all": gettext_lazy("All of these"),
    "any": gettext_lazy("Any of these"),
    "none": gettext_lazy("None of these"),
}
_ERRORS: dict[str, Promise] = {
    "empty": gettext_lazy("A rule needs at least one condition, or it would fit everything."),
    "many": gettext_lazy("A rule has at most %(value)s conditions."),
    "deep": gettext_lazy("Groups go at most %(value)s deep."),
    "unknown": gettext_lazy("This is not a condition that Aura knows."),
    "choice": gettext_lazy("Choose a value."),
    "number": gettext_lazy("Write a number here."),
    "range": gettext_lazy("Write a number between 0 and %(value)s."),
    "whole": gettext_lazy("Write a whole number here."),
    "words": gettext_lazy("Write at least one word."),
    "many_words": gettext_lazy("At most %(value)s words in one condition; a word list holds more."),
    "word_empty": gettext_lazy("There is no letter in one of these words."),
    "word_long": gettext_lazy("One of these is too long: 60 characters and 8 words at most."),
    "word_short": gettext_lazy("At least three letters beside a star: fewer would fit everything."),
    "word_star": gettext_lazy("A star goes before or behind a word, not inside it."),
}  # fmt: skip
_ACTION_ERRORS: dict[str, Promise] = {
    "empty": gettext_lazy("Choose at least one thing that the rule does."),
    "unknown": gettext_lazy("A rule cannot do that."),
    "label": gettext_lazy("Write the label: 1 to 40 characters."),
    "both": gettext_lazy("Choose one: hide it, or hide it and put it before a person."),
}

Names = Mapping[tuple[str, str], str]  # (subject, value) to what people call it


def error_sentence(reason: str, value: str = "") -> str:
    """Why conditions were refused, for the person who wrote them."""
    return str(_ERRORS.get(reason, _ERRORS["unknown"])) % {"value": value}


def action_error_sentence(reason: str) -> str:
    """Why actions were refused."""
    return str(_ACTION_ERRORS.get(reason, _ACTION_ERRORS["unknown"]))


def op_words(what: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two ways of comparing that a subject has, as (code, words)."""
    if what in {"earlier", "strikes", "hidden", "length", "post_age"} or what.startswith("sev"):
        return ("least", _("at least")), ("below", _("fewer than"))
    if what.startswith("score"):
        return ("least", _("at least")), ("below", _("below"))
    if what == "text":
        return ("is", _("contain")), ("not", _("do not contain"))
    if what == "signal":
        return ("is", _("was found:")), ("not", _("was not found:"))
    if what == "lexicon":
        return ("is", _("has a word of")), ("not", _("has no word of"))
    return ("is", _("is")), ("not", _("is not"))


def phrase(condition: Condition, names: Names) -> str:
    """One condition, such as "Score for insult at least 0.60"."""
    value = condition.value
    if isinstance(value, float):
        decimals = 2 if condition.what.startswith("score") else 0 if value == int(value) else 1
        said = formats.number_format(value, decimals)
    elif isinstance(value, tuple):
        # The words themselves stay out of lists and logs: they may hurt.
        said = ngettext("%(count)d word", "%(count)d words", len(value)) % {"count": len(value)}
    else:
        said = names.get((condition.what, value), value)
    op = dict(op_words(condition.what))[condition.op]
    return f"{SUBJECTS[condition.what]} {op} {said}"


def lines_of(group: Group, names: Names, depth: int = 0) -> list[tuple[int, str]]:
    """A rule's conditions line by line, with how deep each stands."""
    head = {
        "all": _("All of these:"),
        "any": _("Any of these:"),
        "none": _("None of these:"),
    }[group.match]
    lines = [(depth, head)]
    for item in group.of:
        if isinstance(item, Group):
            lines += lines_of(item, names, depth + 1)
        else:
            lines.append((depth + 1, phrase(item, names)))
    return lines


def action_words(actions: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """What a rule does, as (code, words). A label is a member's own word."""
    words = {
        "hide": _("Hide it on the platform"),
        "hold": _("Hide it and put it before a person"),
        "case": _("Add it to the author's case"),
        "mark": _("Mark it for review"),
        "alert": _("Ring the bell"),
    }
    return [
        (one["do"], words.get(one["do"]) or _("Label it “%(name)s”") % {"name": one.get("name")})
        for one in actions
    ]
