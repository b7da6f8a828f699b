"""Twenty sentences that nobody can disagree about: a model that mixes them up judges nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harassment.classifier.base import Floats, ModelUnavailable
from harassment.detection.normalise import normalise
from harassment.training.metrics import auc

HARMFUL = {
    "en": (
        "Shut your mouth, you worthless idiot, everyone here despises you.",
        "I will wait for you after the show and break your legs.",
        "People of your race are vermin and should be thrown out.",
        "You fat disgusting pig, you make everybody sick.",
        "Go and kill yourself already, nobody would even notice.",
    ),
    "fr": (
        "Ferme ta gueule, espèce d'abruti, tout le monde te méprise ici.",
        "Je vais t'attendre devant chez toi et te casser les jambes.",
        "Les gens de ta race sont de la vermine, dehors.",
        "Grosse truie répugnante, tu dégoûtes tout le monde.",
        "Va te suicider, personne ne remarquera ton absence.",
    ),
}
HARMLESS = {
    "en": (
        "The sound is too quiet after the third minute, otherwise a good video.",
        "Could you tell us which camera you used for the night scenes?",
        "I do not share your conclusion, but thank you for the sources.",
        "Happy birthday! I hope you have a wonderful day with your family.",
        "My grandmother used to bake exactly this bread on Sundays.",
    ),
    "fr": (
        "Le son est trop faible après la troisième minute, sinon bonne vidéo.",
        "Tu peux nous dire quelle caméra tu as utilisée pour les scènes de nuit ?",
        "Je ne partage pas ta conclusion, mais merci pour les sources.",
        "Joyeux anniversaire ! J'espère que tu passes une belle journée en famille.",
        "Ma grand-mère faisait exactement ce pain le dimanche.",
    ),
}
LONG = "a calm and rather long comment about gardens, boats and bread " * 40
"""Longer than a window: a network with too few positions fails on it."""


def ask_canaries(logits: Callable[[Sequence[str]], Floats]) -> dict[str, Any]:
    """How well the toxicity head of `logits` (normalised texts -> log-odds) tells them apart.

    Raises ModelUnavailable when it cannot read them, or when harmful ones score no higher than
    harmless ones.
    """
    texts = [
        *(text for part in HARMFUL.values() for text in part),
        *(text for part in HARMLESS.values() for text in part),
    ]
    truth = [int(index < len(texts) // 2) for index in range(len(texts))]
    languages = [name for side in (HARMFUL, HARMLESS) for name, part in side.items() for _ in part]
    try:
        found = logits([normalise(text) for text in (*texts, LONG)])[:, 0].astype(float)
    except ModelUnavailable:
        raise
    except Exception as error:  # whatever a runtime raises for a network that does not fit
        raise ModelUnavailable(f"The model cannot read a comment: {error}.") from error
    if not np.isfinite(found).all():
        raise ModelUnavailable("The model puts out numbers that are none.")
    odds = found[: len(texts)]
    harmful, harmless = odds[: len(texts) // 2].mean(), odds[len(texts) // 2 :].mean()
    apart = auc(odds, truth)
    if harmful <= harmless or apart <= 0.5:
        raise ModelUnavailable(
            "The model scores plain threats and insults no higher than thanks and questions "
            f"(area under the curve {apart:.2f}); its labels may be the wrong way round."
        )
    return {
        "auc": round(apart, 3),
        **{
            name: round(
                auc(
                    [value for value, heard in zip(odds, languages, strict=True) if heard == name],
                    [real for real, heard in zip(truth, languages, strict=True) if heard == name],
                ),
                3,
            )
            for name in HARMFUL
        },
    }
