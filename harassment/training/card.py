"""The model card and the credits, written from what was measured."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harassment.classifier.labels import LABELS
from harassment.training.calibration import FALSE_ALARMS, LANGUAGES, Calibration
from harassment.training.evaluation import CEILINGS, GATES, Figures
from harassment.training.manifest import Manifest
from harassment.training.metrics import interval

if TYPE_CHECKING:  # the network needs torch, a card does not
    from harassment.training.run import Record, Trained

PUBLISHED = "## Published test sets"
LIMITS = """\
- The figures on our own sentences come from sentences the model never saw, but by the same
  authors. They flatter: expect less on what strangers write. The rows named after third-party
  sources are the harder, more honest reading, and the published sets the hardest.
- French was taught by translations, a glossary, our own sentences and English rows retold word by
  word; little of it was labelled by French people. Verlan, regional French and spelling by ear are
  read worse.
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


def write_card(
    *,
    version: str,
    command: str,
    made: str,
    trained: "Trained",
    manifest: Manifest,
    figures: Figures,
    calibration: Calibration,
    size: int,
) -> str:
    """The model card, in Markdown."""
    record, dataset = trained.record, trained.dataset
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
        f"- Made {made}, one run with seed {record.seed}, no choice between runs:",
        f"  {record.steps:,} steps in {record.minutes:.0f} minutes on a CPU.",
        *_begun(record),
        *_blended(record),
        f"- {record.labelled_seen:,} labelled rows seen, of {record.rows:,} (rows sha256",
        f"  `{record.rows_digest}`), a quarter of the English ones retold in French,",
        "  one in twelve read beside a harmless comment.",
        f"- {record.translations_seen:,} English-French sentences brought together;",
        f"  {record.new_words:,} French words added to the vocabulary, each starting at its",
        "  translations (IBM model 1).",
        f"- Base encoder: {manifest.base.package} {manifest.base.version}, sha256",
        f"  `{manifest.base.sha256}`.",
        f"- Manifest sha256 `{manifest.sha256}`.",
        "- Rows that are, or nearly are, a published test case (letters and digits: whole, first",
        "  60, or MinHash of 5-letter grams, Jaccard about 0.8) were dropped before training, and",
        "  none of our own sentences is one; see CREDITS.md for the sources.",
        "- Development rows were cut in two: one half chose calibration and thresholds, the other",
        "  half gives every figure below.",
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
        + " | ".join(_figure(*figures.values[f"auc {name}"]) for name in LANGUAGES)
        + " |",
        "| own sentences, unseen | "
        + " | ".join(_figure(*figures.values[f"auc {name} own"]) for name in LANGUAGES)
        + " |",
        "",
        "Comments put before a person (severity 1 or more), 95 % interval:",
        "",
        "| | English | French |",
        "|---|---|---|",
    ]
    for title, name in (
        ("harmless criticism flagged", "criticism {}"),
        ("praise flagged", "praise {}"),
        ("harmful found, own sentences", "recall {} own"),
        ("harmful found, third-party rows", "recall {}"),
    ):
        cells = [_rate(*figures.values[name.format(language)]) for language in LANGUAGES]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Per head, all rows that have an opinion (calibration error after calibration; our own",
        "sentences and third-party rows count half each):",
        "",
        "| head | AUC English | AUC French | error English | error French |",
        "|---|---|---|---|---|",
    ]
    for head in LABELS:
        cells = [_figure(*figures.values[f"auc {name} {head}"]) for name in LANGUAGES]
        cells += [f"{figures.values[f'error {name} {head}'][0]:.3f}" for name in LANGUAGES]
        lines.append(f"| {head} | " + " | ".join(cells) + " |")
    moods = [_figure(*figures.values[f"auc {name} sentiment"]) for name in LANGUAGES]
    lines.append("| sentiment | " + " | ".join(moods) + " | | |")
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
    for language, groups in figures.flagged.items():
        for group in groups:
            rows = group["n"]
            lines.append(
                f"| {language} {group['name']} | {group['flagged'] / rows:.1%} "
                f"| {group['alerted'] / rows:.1%} | {rows:,} |"
            )
    targets = "; ".join(
        f"{name}: " + ", ".join(f"{level} {rate:.1%}" for level, rate in rates.items())
        for name, rates in FALSE_ALARMS.items()
    )
    gates = [f"{name} at least {value}" for name, value in GATES.items()]
    gates += [f"{name} at most {value}" for name, value in CEILINGS.items()]
    lines += [
        "",
        "Thresholds keep these shares of harmless comments of the tuning half, all heads together:",
        f"{targets}. The values and their lower limits are in thresholds.json.",
        "",
        f"Gates: {'; '.join(gates)}.",
        "",
        *published_section([]),
        "## Known weak spots",
        "",
        LIMITS,
        "",
    ]
    return "\n".join(lines)


def _begun(record: "Record") -> list[str]:
    if (earlier := record.earlier) is None:
        return []
    return [
        f"- It began with the weights of an earlier run ({earlier['minutes']:.0f} minutes, seed",
        f"  {earlier['seed']}, {earlier['labelled_seen']:,} labelled rows and",
        f"  {earlier['translations_seen']:,} translations seen, rows sha256",
        f"  `{earlier['rows_digest']}`).",
    ]


def _blended(record: "Record") -> list[str]:
    if (other := record.blended) is None:
        return []
    return [
        "- Its weights are the mean of what it learned and of what another run had learned",
        f"  ({other['minutes']:.0f} minutes, seed {other['seed']}, {other['labelled_seen']:,}",
        f"  labelled rows seen, rows sha256 `{other['rows_digest']}`).",
    ]


def published_section(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """The part of the card on published test sets, from figures.json's "published"."""
    lines = [PUBLISHED, ""]
    if not results:
        return [*lines, "Not run on this model yet.", ""]
    lines += [
        "Run once on this very file, with `toxicity_eval --input`, after everything was fixed.",
        "None of their cases was used to train, to calibrate or to choose.",
        "",
        "| set | language | measure | value | n | date |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one['name']} | {one['language']} | {one['metric']} | {one['value']:.3f} "
        f"| {one['n']:,} | {one['date']} |"
        for one in results
    ]
    return [*lines, ""]


def with_published(card: str, results: Sequence[Mapping[str, Any]]) -> str:
    """`card` with its part on published test sets written anew."""
    before, _, rest = card.partition(PUBLISHED)
    _, _, after = rest.partition("\n## ")
    return before + "\n".join(published_section(results)) + "\n## " + after


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
        hide = argument in {"--data", "--out", "--manifest", "--begin"}
    return "manage.py " + " ".join(shown)
