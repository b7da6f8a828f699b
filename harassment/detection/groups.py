"""The kinds of comments that a model's errors are counted by, in people's words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CRITICISM = ("criticism-content", "criticism-blunt")
PRAISE = ("praise", "praise-hyperbole")

# Plural, so that they fit behind "about 3 in 10".
_HARMFUL: Mapping[str, Promise] = {
    "threat-direct": _("direct threats"),
    "threat-veiled": _("veiled threats"),
    "doxxing": _("comments that give private details away"),
    "blackmail": _("blackmail attempts"),
    "suicide-incitement": _("calls to suicide"),
    "stalking": _("comments that show stalking"),
    "wish-harm": _("wishes of harm"),
    "insult": _("insults"),
    "insult-crude": _("crude insults"),
    "body-mockery": _("remarks that mock the body"),
    "voice-mockery": _("remarks that mock the voice"),
    "sexual-remark": _("sexual remarks"),
    "sexual-threat": _("sexual threats"),
    "identity-racism": _("racist attacks"),
    "identity-religion": _("attacks on a religion"),
    "identity-sexism": _("sexist attacks"),
    "identity-homophobia": _("homophobic attacks"),
    "identity-transphobia": _("transphobic attacks"),
    "identity-disability": _("attacks on people with a disability"),
    "identity-age": _("attacks because of age"),
    "dehumanising": _("dehumanising comments"),
    "pile-on": _("calls to pile on"),
    "silencing": _("orders to shut up or disappear"),
    "sarcasm-abusive": _("sarcastic attacks"),
    "family-attack": _("attacks on the family"),
    "team-attack": _("attacks on the team"),
    "contempt": _("contemptuous comments"),
    "slander": _("slanderous claims"),
    "minimal-harmful": _("harmful twins of harmless comments"),
}
_HARMLESS: Mapping[str, Promise] = {
    "criticism-content": _("criticisms of the content"),
    "criticism-blunt": _("blunt criticisms"),
    "disappointment": _("words of disappointment"),
    "praise": _("words of praise"),
    "praise-hyperbole": _("exaggerated compliments"),
    "thanks": _("words of thanks"),
    "banter": _("friendly teases"),
    "self-deprecation": _("jokes about oneself"),
    "quoting": _("quotes of abuse that somebody received"),
    "counter-speech": _("replies that defend somebody"),
    "negated-hate": _("sentences that reject hatred"),
    "reclaimed": _("reclaimed words"),
    "homonym": _("words with a second, harmless meaning"),
    "news-talk": _("comments on the news"),
    "identity-neutral": _("neutral mentions of who people are"),
    "identity-positive": _("kind mentions of who people are"),
    "question": _("questions"),
    "smalltalk": _("everyday remarks"),
    "swearing-object": _("swear words about a thing"),
    "swearing-joy": _("swear words out of joy"),
    "teen-slang": _("phrases in teenage slang"),
    "code-switching": _("comments in two languages at once"),
    "emoji": _("comments made of emoji"),
    "game-talk": _("comments on a game"),
    "sport-talk": _("comments on sport"),
    "fiction-talk": _("comments on a story"),
    "everyday-words": _("everyday phrases that sound violent"),
    "victim-support": _("words of support for victims"),
    "abuse-report": _("reports of abuse"),
    "rivalry-play": _("playful challenges"),
    "advice": _("pieces of advice"),
    "minimal-harmless": _("harmless twins of harmful comments"),
}


def group_title(group: str) -> str:
    """What a kind is called, in lower case and plural; empty when nobody has named it."""
    return str(_HARMFUL.get(group) or _HARMLESS.get(group) or "")


def is_harmful(group: str) -> bool | None:
    """Whether such comments attack somebody; None when nobody has said so."""
    return True if group in _HARMFUL else False if group in _HARMLESS else None
