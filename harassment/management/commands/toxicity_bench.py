"""How fast comments are judged, beside the usual way, in one run on one machine."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.training.mix import write_mix
from harassment.training.speed import METHODS, OURS

SEED = 20
SINGLE = 520
BUSY = 0.4
"""Processes per thread that may be at work before we are."""
TOO_BUSY = (
    "the machine was busy with something else: threads that wait for each other lose far more by "
    "that than ours do, so do not quote these ratios"
)
NOTES = (
    "the mix is made of this project's own sentences: median 13 words, p90 26, p99 82, a tenth "
    "are short duplicates; a method with a smaller n is measured on the first n of them, whose "
    "lengths are those of the whole",
    "naive: transformers' text-classification pipeline, float32, arrival order, on random weights "
    "of the shipped model's architecture and vocabulary (speed does not depend on their values)",
    "xlm_r_base: random weights of that shape, with the shipped tokeniser; XLM-R's own cuts words "
    "a little differently",
    "ours: score() with the shipped int8 model in batches as the worker does, normaliser, language "
    "and duplicate cache included; its memory includes all of Django, that of the others does not",
    "max_128: the naive pipeline cut at the window length of ours, which reads on beyond it",
    "p95_ms: one comment per call, warm; ours on comments that are not in the mix",
)


class Command(BaseCommand):
    """`manage.py toxicity_bench [--n 10000] [--json]`; needs torch and transformers."""

    help = "Measure comments per second, memory and delay, ours beside naive pipelines."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--n", type=int, default=10_000, help="comments for ours (10,000)")
        parser.add_argument(
            "--threads",
            type=int,
            default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
            help="threads for every method (default: one per core)",
        )
        parser.add_argument(
            "--seconds", type=float, default=30.0, help="most seconds for one method (30)"
        )
        parser.add_argument("--only", nargs="+", choices=[*METHODS, OURS], help="these methods")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; raises CommandError when a method cannot be run."""
        threads = options["threads"] or os.cpu_count() or 1
        names = options["only"] or [*METHODS, OURS]
        if options["n"] < 1 or threads < 1:
            raise CommandError("--n and --threads count from 1.")
        texts = write_mix(options["n"], seed=SEED)
        single = list(dict.fromkeys(write_mix(2 * SINGLE, seed=SEED + 1)))[:SINGLE]
        load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
        busy = load is not None and load > BUSY * threads
        if busy:
            self.stderr.write(f"{TOO_BUSY} (load {load})")
        methods: dict[str, dict[str, Any]] = {}
        for name in names:
            wanted = texts if name == OURS else texts[: METHODS[name].comments]
            self.stderr.write(f"{name}: {len(wanted)} comments …")
            asked = {"texts": wanted, "single": single, "threads": threads,
                     "batch": settings.SCORE_BATCH, "seconds": options["seconds"]}  # fmt: skip
            methods[name] = self._measure(name, asked, threads)
            self.stderr.write(f"{name}: {methods[name]['comments_per_second']} comments/s")
        content = {
            "machine": {
                "cpu": _processor(),
                "cores": os.cpu_count(),
                "threads": threads,
                "load_before": load,
            },
            "mix": {"comments": len(texts), "different": len(set(texts))},
            "methods": methods,
            "ratios": _ratios(methods, "comments_per_second"),
            "ratios_per_cpu_second": _ratios(methods, "comments_per_cpu_second"),
            "notes": [*NOTES, TOO_BUSY] if busy else [*NOTES],
        }
        if options["json"]:
            self.stdout.write(json.dumps(content))
        else:
            self._print(content)

    def _measure(self, name: str, asked: dict[str, Any], threads: int) -> dict[str, Any]:
        environment = {
            **os.environ,
            "CLASSIFIER_BACKEND": "embedded",
            "CLASSIFIER_MODEL": "",
            "CLASSIFIER_THREADS": str(threads),
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        }
        done = subprocess.run(  # noqa: S603 - this interpreter, a module and a name of ours
            [sys.executable, "-m", "harassment.training.speed", name],
            cwd=settings.BASE_DIR,
            env=environment,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"{name} failed: {done.stderr.strip()[-800:]}")
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures

    def _print(self, content: dict[str, Any]) -> None:
        machine, mix = content["machine"], content["mix"]
        self.stdout.write(
            f"{machine['cpu']}, {machine['threads']} threads; {mix['comments']} comments, "
            f"{mix['different']} different"
        )
        head = ("method", "n", "per s", "per CPU s", "RSS MB", "p95 ms", "ours is")
        self.stdout.write("{:24}{:>7}{:>9}{:>11}{:>9}{:>9}{:>10}".format(*head))
        for name, figures in content["methods"].items():
            delay, ratio = figures["p95_ms"], content["ratios"].get(name)
            self.stdout.write(
                f"{name:24}{figures['n']:7}{figures['comments_per_second']:9}"
                f"{figures['comments_per_cpu_second']:11}{figures['peak_rss_mb']:9}"
                f"{'' if delay is None else delay:>9}{f'{ratio} x' if ratio else '':>10}"
            )
        for note in content["notes"]:
            self.stdout.write(f"- {note}")


def _ratios(methods: dict[str, dict[str, Any]], figure: str) -> dict[str, float]:
    """How many times faster ours is than each of the others."""
    if OURS not in methods:
        return {}
    ours = methods[OURS][figure]
    return {
        name: round(ours / figures[figure], 1) for name, figures in methods.items() if name != OURS
    }


def _processor() -> str:
    """The processor's name, where the system tells."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8", "replace").splitlines() if told.is_file() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        "unknown processor",
    )
