"""The model card and the credits, written from what was measured."""

import math
from collections.abc import Sequence

from harassment.classifier.labels import LABELS
from harassment.training.calibration import (
    EVERYDAY_SHARE,
    FALSE_ALARMS,
    LANGUAGES,
    Calibration,
)
from harassment.training.dataset import Dataset
from harassment.training.evaluation import Figures
from harassment.training.manifest import Manifest
from harassment.training.metrics import interval
from harassment.training.run import Record

LIMITS = """\
- Small vocabulary of an English encoder: French was taught by distillation and by our own
  sentences. French slang, verlan, regional French and spelling by ear that our sentences do not
  hold are read worse than English.
- The development figures on our own sentences come from frames the model never saw, but from the
  same authors and slots. They flatter: expect less on what strangers write. The rows named after
  third-party sources are the harder, more honest reading.
- Threats, severe toxicity and sexual remarks are rare in the public sources; these heads lean on
  our own sentences. An implicit threat without any usual wording is likely to be missed.
- Irony, quoted abuse, reclaimed words and in-group banter remain difficult in both directions.
- A comment is judged alone: no thread, no author, no picture.
- Languages other than French and English are marked "und": not covered, never "safe".
- Annotators of the public sources disagree, and some sources are known to score dialect and
  mentions of groups too high; so may this model.
- Not comparable with models published elsewhere on other rows: no parity is claimed with any."""


def _figure(value: float, rows: int) -> str:
    return "not measured" if math.isnan(value) else f"{value:.3f} (n {rows:,})"


def _rate(value: float, rows: int) -> str:
    low, high = interval(value, rows)
    return f"{value:.1%} ({low:.1%} to {high:.1%}, n {rows:,})"


def _rounds(record: Record) -> list[str]:
    lines: list[str] = []
    for number, stage in enumerate(record.french, 1):
        lines += [
            f"- French round {number}, {stage.minutes:.0f} minutes: distilled from a fixed copy of",
            f"  stage 1 over {stage.pairs_seen:,} English-French pairs in random order, and",
            f"  {stage.labelled_seen:,} labelled rows, of {stage.rows:,} (drawn from rows sha256",
            f"  `{stage.rows_digest}`).",
        ]
    if len(record.french) > 1:
        lines.append("- The weights are the mean of the rounds' weights.")
    if any(stage.rows_digest != record.labels.rows_digest for stage in record.french):
        lines.append("- Our own sentences grew meanwhile: stage 1 saw an earlier, smaller corpus.")
    return lines


def write_card(
    *,
    version: str,
    command: str,
    made: str,
    record: Record,
    dataset: Dataset,
    manifest: Manifest,
    figures: Figures,
    calibration: Calibration,
    size: int,
) -> str:
    """The model card, in Markdown."""
    first = record.labels
    lines = [
        f"# Aura toxicity model {version}",
        "",
        "Written by `manage.py toxicity_train`; every figure was measured on the int8 file in this",
        "folder, on development data.",
        "",
        "## What it is",
        "",
        f"MiniLM-L6-H384 encoder, ONNX int8, {size / 1e6:.1f} MB, with seven heads:",
        f"{', '.join(LABELS)}.",
        "It scores comments in French and English, offline. It helps a person decide and does not",
        "replace one. Do not use it to judge people, without a human to look, or in languages it",
        "does not cover.",
        "",
        "## How it was made",
        "",
        f"- Command: `{command}`",
        f"- Made {made}, one run with seed {first.seed}, no choice between seeds.",
        f"- Stage 1, {first.minutes:.0f} minutes: {first.labelled_seen:,} labelled rows seen, of",
        f"  {first.rows:,} (rows sha256 `{first.rows_digest}`).",
        *_rounds(record),
        f"- Base encoder: {manifest.base.package} {manifest.base.version}, sha256",
        f"  `{manifest.base.sha256}`.",
        f"- Manifest sha256 `{manifest.sha256}`.",
        "- Rows that equal a published test case (letters and digits only, whole or first 60",
        "  letters) were dropped before training; see CREDITS.md for the sources.",
        "",
        "| source | language | learned | development |",
        "|---|---|---|---|",
    ]
    for source in manifest.sources:
        counts = dataset.counts[source.name]
        lines.append(
            f"| {source.name} | {source.language} | {counts['train']:,} | {counts['dev']:,} |"
        )
    own = dataset.counts["own"]
    lines += [
        f"| own | {name} | {own[f'train {name}']:,} | {own[f'dev {name}']:,} |"
        for name in LANGUAGES
    ]
    lines += [
        "",
        "## Measured on development data",
        "",
        "Area under the ROC curve of the toxicity head:",
        "",
        "| | English | French |",
        "|---|---|---|",
        "| third-party rows | "
        + " | ".join(_figure(*figures.auc[f"auc {name}"]) for name in LANGUAGES)
        + " |",
        "| own sentences, unseen frames | "
        + " | ".join(_figure(*figures.auc[f"auc {name} own"]) for name in LANGUAGES)
        + " |",
        "",
        "Harmless comments that would be put before a person (severity 1 or more), 95 % interval.",
        "The thresholds were chosen on these same rows, so these figures are a little flattering:",
        "",
        "| | English | French |",
        "|---|---|---|",
    ]
    for title in ("criticism", "praise"):
        cells = [_rate(*figures.false_alarms[f"{title} {name}"]) for name in LANGUAGES]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Per head, all development rows that have an opinion (calibration error after calibration;",
        "our own sentences and third-party rows count half each):",
        "",
        "| head | AUC English | AUC French | error English | error French |",
        "|---|---|---|---|---|",
    ]
    for head in LABELS:
        cells = [_figure(*figures.auc[f"{name} {head}"]) for name in LANGUAGES]
        cells += [f"{figures.ece[f'{name} {head}'][0]:.3f}" for name in LANGUAGES]
        lines.append(f"| {head} | " + " | ".join(cells) + " |")
    if calibration.borrowed:
        lines += [
            "",
            "Too few development rows for a calibration of its own, both languages pooled: "
            + ", ".join(calibration.borrowed)
            + ".",
        ]
    lines += [
        "",
        "Share of rows at severity 1 or more / 2 or more, by group of our sentences or by source:",
        "",
        "| group | 1 or more | 2 or more | n |",
        "|---|---|---|---|",
    ]
    for name, (low, high, rows) in figures.flagged.items():
        lines.append(f"| {name} | {low:.1%} | {high:.1%} | {rows:,} |")
    targets = "; ".join(
        f"{name}: " + ", ".join(f"{level} {rate:.1%}" for level, rate in rates.items())
        for name, rates in FALSE_ALARMS.items()
    )
    lines += [
        "",
        f"Thresholds aim at these false alarm rates on harmless comments: {targets}. Everyday",
        f"comments count {EVERYDAY_SHARE:.0%}, our deliberately hard ones the rest; see",
        "thresholds.json for the values and their lower limits.",
        "",
        "## Known weak spots",
        "",
        LIMITS,
        "",
    ]
    return "\n".join(lines)


def write_credits(manifest: Manifest) -> str:
    """Who made what the model learned from, as their licences ask."""
    lines = [
        "# Credits",
        "",
        "The weights in this folder were learned from the following works. None of their texts is",
        "in this repository. Sources under CC-BY-SA are share-alike: whoever passes their texts on",
        "must do so under the same licence.",
        "",
        "- Base encoder: all-MiniLM-L6-v2 (Reimers, Gurevych; Wang et al., MiniLM), package",
        f"  {manifest.base.package} {manifest.base.version}: {manifest.base.licence}.",
    ]
    seen: set[tuple[str, str]] = set()
    for file in manifest.files():
        if (file.repo, file.citation) in seen:
            continue
        seen.add((file.repo, file.citation))
        lines.append(
            f"- {file.citation}. github.com/{file.repo} at {file.commit[:12]}: {file.licence}."
        )
    lines += ["- Own sentences in `harassment/training/corpus/`: AGPL-3.0-or-later.", ""]
    return "\n".join(lines)


def command_line(arguments: Sequence[str]) -> str:
    """The command as typed, with folders left out: paths of one machine help nobody."""
    shown: list[str] = []
    hide = False
    for argument in arguments:
        shown.append("DIR" if hide else argument)
        hide = argument in {"--data", "--out", "--manifest"}
    return "manage.py " + " ".join(shown)
