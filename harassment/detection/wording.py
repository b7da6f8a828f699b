"""What a judgement is called in people's words: languages, disguises, moods, signals, targets."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_MOODS = (-0.6, -0.2, 0.2, 0.6)  # between very hostile, rather hostile, neither, rather, very warm


def language_phrase(language: str) -> str:
    """The language a text was read in, or that a person should read it."""
    return {"fr": _("French"), "en": _("English")}.get(
        language, _("Language not covered: a person should read it")
    )


def trick_phrase(trick: str) -> str:
    """What one disguise does to a text; an unknown one is just that."""
    return {
        "hidden": _("hidden characters"),
        "look-alike": _("letters of other alphabets that look alike"),
        "reversed": _("words written backwards"),
        "spacing": _("letters spread apart"),
        "stars": _("letters replaced by stars"),
        "leet": _("letters replaced by digits or signs"),
        "stretched": _("stretched letters"),
        "emoji": _("emoji read as words"),
        "link": _("links left out"),
        "mention": _("names of people left out"),
    }.get(trick, _("another disguise"))


def mood_phrase(sentiment: float) -> str:
    """How warm a text is, from -1 to 1."""
    phrases = (
        _("Very hostile or sad"),
        _("Rather hostile or sad"),
        _("Neither warm nor hostile"),
        _("Rather warm"),
        _("Very warm"),
    )
    return phrases[sum(sentiment > limit for limit in _MOODS)]


def level_phrase(level: str, figure: str) -> str:
    """What happens from a threshold on; `level` is empty when not even the lowest was reached."""
    sentence = {
        "hide": _("From %(threshold)s on it is grave enough to be hidden."),
        "alert": _("From %(threshold)s on Aura rings."),
        "review": _("From %(threshold)s on a person should look."),
    }.get(level, _("Below the %(threshold)s from which a person should look."))
    return sentence % {"threshold": figure}


def weight_phrase(level: int) -> str:
    """How much of the judgement a marked word carries: 1 to 3."""
    return {3: _("much"), 2: _("some")}.get(level, _("a little"))


def signal_phrase(detail: str, count: int) -> str:
    """What a signal found, without quoting it; an unknown one is just that."""
    if sentence := _published(detail, count):
        return sentence % {"count": count}
    phrase = {
        "announced": _("Private details asked for or announced"),
        "place": _("Violence announced, with a place"),
        "time": _("Violence announced, with a time"),
        "weapon": _("Violence announced, with a weapon"),
        "family": _("Violence announced against a relative"),
        "body": _("Violence announced, body part named"),
        "home": _("Claims to know where somebody is"),
        "incitement": _("Call to suicide or self-harm"),
        "coded": _("Coded call to suicide"),
        "extortion": _("Demand under threat of publishing"),
        "author": _("Author can be taken for the creator"),
        "pointer": _("Points to a look-alike account"),
        "scam": _("Looks like fraud"),
        "advert": _("Looks like advertising"),
    }.get(detail, _("Another signal"))
    if count == 1:
        return phrase
    return _("%(what)s (%(count)d times)") % {"what": phrase, "count": count}


def _published(detail: str, count: int) -> str:
    return {
        "phone": ngettext(
            "%(count)d phone number published", "%(count)d phone numbers published", count
        ),
        "email": ngettext(
            "%(count)d e-mail address published", "%(count)d e-mail addresses published", count
        ),
        "address": ngettext(
            "%(count)d home address published", "%(count)d home addresses published", count
        ),
        "iban": ngettext(
            "%(count)d bank account published", "%(count)d bank accounts published", count
        ),
        "plate": ngettext(
            "%(count)d licence plate published", "%(count)d licence plates published", count
        ),
    }.get(detail, "")


def target_phrase(target: str) -> str:
    """Whom a comment is aimed at; empty for the creator, for nobody and where it is unknown."""
    return {
        "family": _("Aimed at family or a child"),
        "team": _("Aimed at the team"),
        "commenter": _("Aimed at another commenter"),
        "group": _("Aimed at a group of people"),
        "brand": _("Aimed at a brand or product"),
    }.get(target, "")
