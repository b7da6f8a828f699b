"""Train, export, calibrate, measure and ship the toxicity model."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harassment.classifier.artefact import SHIPPED
from harassment.training.manifest import MANIFEST, ManifestError, read_manifest
from harassment.training.release import install, make_release
from harassment.training.run import Plan, train


class Command(BaseCommand):
    """`manage.py toxicity_train --data DIR --out DIR --seed N`; needs requirements-train.txt."""

    help = "Train the toxicity model and replace the shipped one if no gate falls."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
        parser.add_argument("--out", type=Path, required=True, help="folder for weights and logs")
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--minutes", type=float, default=60.0, help="time budget (default 60)")
        parser.add_argument("--steps", type=int, default=0, help="steps instead of minutes")
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--manifest", type=Path, default=MANIFEST)
        parser.add_argument("--resume", action="store_true", help="keep finished weights in --out")
        parser.add_argument(
            "--begin", type=Path, help="folder of a run whose weights to begin with"
        )
        parser.add_argument(
            "--blend", type=Path, help="folder of a run whose weights to average with the result"
        )
        parser.add_argument("--no-install", action="store_true", help="leave the result in --out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all stages; raises CommandError with the gates that fell, nothing replaced."""
        out: Path = options["out"]
        try:
            manifest = read_manifest(options["manifest"])
            trained = train(
                manifest,
                options["data"],
                out,
                Plan(
                    seed=options["seed"],
                    minutes=options["minutes"],
                    steps=options["steps"],
                    threads=options["threads"],
                    resume=options["resume"],
                    begin=options["begin"],
                    blend=options["blend"],
                ),
                tell=self.stdout.write,
            )
            release = make_release(
                trained,
                manifest,
                options["data"],
                out,
                arguments=sys.argv[1:],
                threads=options["threads"],
                tell=self.stdout.write,
            )
        except ManifestError as error:
            raise CommandError(str(error)) from error
        for name, (value, rows) in release.figures.values.items():
            self.stdout.write(f"{name}: {value:.3f} (n {rows})")
        if release.failures:
            raise CommandError(
                f"The shipped model stays: {'; '.join(release.failures)}. See {release.folder}."
            )
        if options["no_install"]:
            self.stdout.write(f"Model {release.version} is in {release.folder}.")
            return
        install(release.folder, SHIPPED)
        self.stdout.write(f"Model {release.version} ships now.")
