"""What each group of our own comments means: the heads that are 1, unsure ones, the sentiment."""

from collections.abc import Mapping

from harassment.classifier.labels import LABELS
from harassment.training.sources import NAN, Vector

# Shorter than the heads' names, in the order of LABELS.
_LETTERS = dict(zip("tsohipx", LABELS, strict=True))

# group -> (heads that are 1, heads without an opinion), in the letters above: t toxicity, s severe,
# o obscene, h threat (harm), i insult, p identity attack (people), x sexual.
HARMFUL: Mapping[str, tuple[str, str]] = {
    "threat-direct": ("th", "soi"),
    "threat-veiled": ("th", "s"),
    "doxxing": ("th", "s"),
    "blackmail": ("th", "sx"),
    "suicide-incitement": ("ts", "hoi"),
    "stalking": ("th", "sx"),
    "wish-harm": ("t", "shoi"),
    "insult": ("ti", "o"),
    "insult-crude": ("toi", "spx"),
    "body-mockery": ("ti", "ox"),
    "voice-mockery": ("ti", "o"),
    "sexual-remark": ("tx", "oi"),
    "sexual-threat": ("tshx", "o"),
    "identity-racism": ("tp", "shoi"),
    "identity-religion": ("tp", "shoi"),
    "identity-sexism": ("tp", "soix"),
    "identity-homophobia": ("tp", "soix"),
    "identity-transphobia": ("tp", "soi"),
    "identity-disability": ("tp", "soi"),
    "identity-age": ("tp", "oi"),
    "dehumanising": ("t", "soip"),
    "pile-on": ("t", "hio"),
    "silencing": ("t", "io"),
    "sarcasm-abusive": ("ti", ""),
    "family-attack": ("ti", "ohx"),
    "team-attack": ("ti", "o"),
    "contempt": ("ti", "o"),
    "slander": ("t", "iox"),
    "fake-concern": ("ti", ""),
    "humiliation": ("ti", "o"),
    "emoji-abuse": ("t", "sohipx"),
    "obfuscated-abuse": ("t", "sohipx"),
    "long-abuse": ("t", "sohipx"),
    "talk-abuse": ("ti", "sop"),
    "minimal-harmful": ("t", "sohipx"),
}

# group -> (heads without an opinion, sentiment 0..1 or no opinion)
HARMLESS: Mapping[str, tuple[str, float]] = {
    "criticism-content": ("", 0.2),
    "criticism-blunt": ("o", 0.1),
    "disappointment": ("o", 0.1),
    "praise": ("", 1.0),
    "praise-hyperbole": ("o", 1.0),
    "thanks": ("", 1.0),
    "banter": ("io", NAN),
    "self-deprecation": ("io", NAN),
    "quoting": ("io", NAN),
    "counter-speech": ("io", NAN),
    "negated-hate": ("o", NAN),
    "reclaimed": ("o", NAN),
    "homonym": ("o", NAN),
    "news-talk": ("", NAN),
    "identity-neutral": ("", 0.5),
    "identity-positive": ("", 1.0),
    "question": ("", 0.5),
    "smalltalk": ("", NAN),
    "swearing-object": ("o", 0.1),
    "swearing-joy": ("o", 1.0),
    "teen-slang": ("o", NAN),
    "code-switching": ("", NAN),
    "emoji": ("", NAN),
    "game-talk": ("o", NAN),
    "sport-talk": ("o", NAN),
    "fiction-talk": ("", NAN),
    "everyday-words": ("", 0.5),
    "victim-support": ("", NAN),
    "abuse-report": ("", 0.1),
    "rivalry-play": ("io", NAN),
    "advice": ("", 0.5),
    "long-friendly": ("o", NAN),
    "long-critical": ("o", 0.1),
    "talk-civil": ("ox", NAN),
    "minimal-harmless": ("io", NAN),
}


def labels_of(group: str) -> Vector:
    """The seven labels of a group; raises KeyError when nobody has said what it means."""
    ones, unsure = HARMFUL[group] if group in HARMFUL else ("", HARMLESS[group][0])
    named = {head: 1.0 if letter in ones else NAN if letter in unsure else 0.0
             for letter, head in _LETTERS.items()}  # fmt: skip
    a, b, c, d, e, f, g = (named[head] for head in LABELS)
    return a, b, c, d, e, f, g


def sentiment_of(group: str) -> float:
    """How warm the group's comments are, 0 to 1, or NaN where they differ too much."""
    return 0.0 if group in HARMFUL else HARMLESS[group][1]
