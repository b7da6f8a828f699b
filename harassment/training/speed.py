"""One way of judging comments, measured: `python -m harassment.training.speed METHOD`.

A process of its own, so that no method pays for another's memory. What to do comes in as JSON on
standard input: `texts`, `single` (other texts, judged one by one), `batch`, `threads`, `seconds`.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harassment.classifier.artefact import SHIPPED, TOKENIZER

LONGEST = 512
"""What a BERT reads at most; a naive pipeline cuts there."""
OURS = "ours"
WARM = 20
"""Comments judged before the clock starts."""


@dataclass(frozen=True)
class Method:
    """A naive way: which shape, how many at once, cut at how many tokens, on how many comments."""

    shape: str
    batch: int
    tokens: int
    comments: int


METHODS = {
    "pipeline_1": Method("same", 1, LONGEST, 600),
    "pipeline_32": Method("same", 32, LONGEST, 800),
    "pipeline_1_max_128": Method("same", 1, 128, 600),
    "pipeline_32_max_128": Method("same", 32, 128, 800),
    "xlm_r_base_pipeline_1": Method("xlm-r-base", 1, LONGEST, 100),
}
SHAPES: dict[str, dict[str, int]] = {
    # MiniLM-L6-H384, the encoder of the shipped model.
    "same": {"num_hidden_layers": 6, "hidden_size": 384, "num_attention_heads": 12,
             "intermediate_size": 1536, "max_position_embeddings": 512},
    "xlm-r-base": {"num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12,
                   "intermediate_size": 3072, "max_position_embeddings": 514,
                   "vocab_size": 250_002, "type_vocab_size": 1},
}  # fmt: skip


def peak_megabytes() -> float:
    """The most memory this process ever held."""
    status = Path("/proc/self/status")
    if status.is_file():
        # ru_maxrss would begin with what the parent held: Linux hands it down.
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)


def percentile_95(seconds: Sequence[float]) -> float | None:
    """In milliseconds; None when there are too few."""
    return round(1000 * statistics.quantiles(seconds, n=20)[-1], 2) if len(seconds) > 1 else None


def _run(
    texts: Sequence[str], size: int, judge: Callable[[Sequence[str]], Any], seconds: float
) -> tuple[dict[str, Any], list[float]]:
    """Judge piece by piece until the texts or the seconds are over: figures, seconds per piece."""
    taken: list[float] = []
    wall, processor, done = time.perf_counter(), time.process_time(), 0
    while done < len(texts) and sum(taken) < seconds:
        started = time.perf_counter()
        piece = texts[done : done + size]
        judge(piece)
        taken.append(time.perf_counter() - started)
        done += len(piece)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    figures = {
        "n": done,
        "seconds": round(wall, 2),
        "comments_per_second": round(done / wall, 1),
        "comments_per_cpu_second": round(done / processor, 1),
        "peak_rss_mb": peak_megabytes(),
    }
    return figures, taken


def measure_ours(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`score` as the worker calls it, and one comment at a time, warm."""
    from harassment.classifier import score, version  # noqa: PLC0415 - needs Django's settings

    score(asked["single"][:WARM])
    _, alone = _run(asked["single"][WARM:], 1, score, asked["seconds"])
    figures, _ = _run(asked["texts"], asked["batch"], score, asked["seconds"])
    return {**figures, "p95_ms": percentile_95(alone), "model_version": version()}


def measure_naive(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """transformers' own pipeline in arrival order, on random weights of the method's shape."""
    method = METHODS[name]
    pipe = _pipeline(method, asked["threads"])
    pipe(asked["single"][:2])
    figures, taken = _run(
        asked["texts"],
        method.batch,
        lambda piece: pipe(piece, batch_size=method.batch),
        asked["seconds"],
    )
    return {**figures, "p95_ms": percentile_95(taken) if method.batch == 1 else None}


def _pipeline(method: Method, threads: int) -> Any:
    import torch  # noqa: PLC0415 - only naive methods pay for it
    import transformers  # noqa: PLC0415

    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    torch.set_num_threads(threads)
    tokenizer = transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(SHIPPED / TOKENIZER),
        unk_token="[UNK]",  # noqa: S106 - a token of text
        pad_token="[PAD]",  # noqa: S106
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
    )
    kind = "Bert" if method.shape == "same" else "XLMRoberta"
    config = getattr(transformers, f"{kind}Config")(
        **{"vocab_size": len(tokenizer), **SHAPES[method.shape]},
        num_labels=8,
        problem_type="multi_label_classification",
    )
    network = getattr(transformers, f"{kind}ForSequenceClassification")(config).eval()
    return transformers.pipeline(
        "text-classification",
        model=network,
        tokenizer=tokenizer,
        device=-1,
        top_k=None,
        truncation=True,
        max_length=method.tokens,
    )


def main(name: str) -> None:
    """Measure one method; one JSON object on standard output."""
    asked = json.load(sys.stdin)
    # What libraries print goes where people look for it, not among the figures.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if name == OURS:
        import django  # noqa: PLC0415 - the worker carries all of it, so do we

        django.setup()
        figures = measure_ours(asked)
    else:
        figures = measure_naive(name, asked)
    print(json.dumps(figures), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
