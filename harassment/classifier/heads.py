"""From whatever a network puts out to log-odds of our heads, and of labels we do not know."""

from collections.abc import Mapping, Sequence

import numpy as np

from harassment.classifier.base import Floats, ModelUnavailable
from harassment.classifier.labels import LABELS

# Names in use by public checkpoints, lower-cased, over ours.
LABEL_MAP = {
    **{label: label for label in LABELS},
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
    "threatening": "threat",
    "sexual": "sexual_explicit",
    "sexually_explicit": "sexual_explicit",
    "profanity": "obscene",
    "hate": "toxicity",
    "hateful": "toxicity",
    "hate_speech": "toxicity",
    "hatespeech": "toxicity",
    "offensive": "toxicity",
    "offensive_language": "toxicity",
    "abusive": "toxicity",
}
ABSENT = -12.0
"""Log-odds of a head that a model does not have, and of a text without a word: never reached."""
_SURE = 1e-6


def map_labels(names: Mapping[int, str]) -> dict[int, str]:
    """Output index -> our head; labels nobody knows are left out, an empty result is refused."""
    mapped = {
        index: LABEL_MAP[_plain(name)] for index, name in names.items() if _plain(name) in LABEL_MAP
    }
    if not mapped:
        raise ModelUnavailable(
            f"The model's labels are not known here: {', '.join(map(str, names.values()))}."
        )
    return mapped


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


class Heads:
    """How a network's outputs, named `names` in order, become log-odds of `columns`.

    `columns` are our seven heads, then the labels we do not know. Outputs of a `softmax` network
    that mean the same head are added up; of several sigmoid outputs the highest counts. A network
    that never says "toxicity" is as toxic as its worst head. Raises ModelUnavailable when it has
    none of our heads.
    """

    def __init__(self, names: Sequence[str], *, softmax: bool) -> None:
        mapped = map_labels(dict(enumerate(names)))
        self.columns = (
            *LABELS,
            *(name for index, name in enumerate(names) if index not in mapped),
        )
        self._softmax = softmax
        self._known = set(mapped.values())
        others = iter(range(len(LABELS), len(self.columns)))
        self._places = [
            LABELS.index(mapped[index]) if index in mapped else next(others)
            for index in range(len(names))
        ]
        self._as_they_are = not softmax and tuple(names) == LABELS

    def log_odds(self, outputs: Floats) -> Floats:
        """(n, outputs) raw outputs -> (n, columns) log-odds, not yet calibrated."""
        if self._as_they_are:
            return outputs
        found = np.full((len(outputs), len(self.columns)), ABSENT, dtype=np.float32)
        if self._softmax:
            shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            total = np.zeros_like(found)
            for index, place in enumerate(self._places):
                total[:, place] += shares[:, index]
            share = np.clip(total[:, self._places], _SURE, 1 - _SURE)
            outputs = np.log(share / (1 - share))
        for index, place in enumerate(self._places):
            found[:, place] = np.maximum(found[:, place], outputs[:, index])
        if "toxicity" not in self._known:
            found[:, 0] = found[:, : len(LABELS)].max(axis=1)
        return found
