"""How harsh a draft is. A room above brings the judge: this one knows no classifier."""

from collections.abc import Callable, Sequence

Judge = Callable[[Sequence[str]], list[int]]

_judges: list[Judge] = []


class NoJudge(Exception):
    """Nobody can say now how harsh a text is."""


def register(judge: Judge) -> None:
    """`judge` takes texts and gives each a severity, 0 for harmless. It may raise NoJudge."""
    _judges.append(judge)


def gentle(texts: Sequence[str]) -> list[bool]:
    """Which of the texts every judge finds harmless. Raises NoJudge: unread is not harmless."""
    if not _judges:
        raise NoJudge
    verdicts = [judge(texts) for judge in _judges]
    return [not any(severities) for severities in zip(*verdicts, strict=True)]
