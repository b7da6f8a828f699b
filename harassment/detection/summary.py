"""Says what a masked comment is about in neutral words: never its own words, never a guess."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

# The kinds of the classifier and of the signals, the gravest first: this order decides what a
# summary leads with.
_KINDS: dict[str, Promise] = {
    "threat": gettext_lazy("Threat"),
    "self_harm": gettext_lazy("Call to suicide"),
    "doxx": gettext_lazy("Private details published"),
    "blackmail": gettext_lazy("Blackmail"),
    "identity_attack": gettext_lazy("Attack on who they are"),
    "sexual": gettext_lazy("Sexual remark"),
    "impersonation": gettext_lazy("Impersonation"),
    "insult": gettext_lazy("Insult"),
    "obscene": gettext_lazy("Obscene words"),
}
_ORDER = {kind: rank for rank, kind in enumerate(_KINDS)}
# Says how it is put and not what it does: left out where a more telling kind is there.
_VAGUE = frozenset({"obscene"})
# Abuse that no kind names: only the general head spoke.
_UNNAMED = gettext_lazy("Hostile remark")


def kind_word(kind: str) -> str:
    """What a kind is called; an unknown one is a hostile remark."""
    return str(_KINDS.get(kind, _UNNAMED))


def telling(kinds: Iterable[str]) -> list[str]:
    """Those kinds a summary names, the gravest first: vague ones only when there is no other."""
    known = sorted({kind for kind in kinds if kind in _ORDER}, key=_ORDER.__getitem__)
    return [kind for kind in known if kind not in _VAGUE] or known[:1]


def summarise(kinds: Iterable[str]) -> str:
    """One comment in a few neutral words: "Threat, insult"."""
    words = [kind_word(kind) for kind in telling(kinds)] or [str(_UNNAMED)]
    first, *rest = words
    return ", ".join([first, *(_small(word) for word in rest)])


def summarise_counts(counts: Mapping[str, int]) -> str:
    """Several comments in neutral words, the gravest first: "1 threat, 2 insults"."""
    parts = [_counted(kind, counts[kind]) for kind in telling(counts) if counts[kind] > 0]
    return ", ".join(parts)


def case_title(kinds: Sequence[str], incidents: int) -> str:
    """A case in one neutral line that names nobody: "Threat and insult, 3 comments"."""
    words = [kind_word(kind) for kind in telling(kinds)[:2]] or [str(_UNNAMED)]
    what = words[0]
    if len(words) == 2:
        what = gettext("%(first)s and %(second)s") % {
            "first": words[0],
            "second": _small(words[1]),
        }
    return ngettext("%(what)s, %(count)d comment", "%(what)s, %(count)d comments", incidents) % {
        "what": what,
        "count": incidents,
    }


def label_word(label: str) -> str:
    """What one head of the classifier measures, for the list of scores."""
    return {
        "toxicity": pgettext("score", "Hostility"),
        "severe_toxicity": pgettext("score", "Severe abuse"),
        "obscene": pgettext("score", "Obscenity"),
        "threat": pgettext("score", "Threat"),
        "insult": pgettext("score", "Insult"),
        "identity_attack": pgettext("score", "Identity attack"),
        "sexual_explicit": pgettext("score", "Sexual content"),
    }.get(label, label)


def _counted(kind: str, count: int) -> str:
    sentence = {
        "threat": ngettext("%(count)d threat", "%(count)d threats", count),
        "self_harm": ngettext("%(count)d call to suicide", "%(count)d calls to suicide", count),
        "doxx": ngettext(
            "%(count)d comment with private details",
            "%(count)d comments with private details",
            count,
        ),
        "blackmail": ngettext("%(count)d blackmail attempt", "%(count)d blackmail attempts", count),
        "impersonation": ngettext(
            "%(count)d comment by an impersonator", "%(count)d comments by an impersonator", count
        ),
        "identity_attack": ngettext(
            "%(count)d attack on who they are", "%(count)d attacks on who they are", count
        ),
        "sexual": ngettext("%(count)d sexual remark", "%(count)d sexual remarks", count),
        "insult": ngettext("%(count)d insult", "%(count)d insults", count),
        "obscene": ngettext("%(count)d obscene comment", "%(count)d obscene comments", count),
    }.get(kind) or ngettext("%(count)d hostile remark", "%(count)d hostile remarks", count)
    return sentence % {"count": count}


def _small(word: str) -> str:
    return word[:1].lower() + word[1:]
