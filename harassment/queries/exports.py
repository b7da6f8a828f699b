"""Copies of a case's evidence, for its page."""

from dataclasses import dataclass

from django.utils import timezone

from harassment.models import Case, ExportedEvidence

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One copy, and whether its file can still be had."""

    run: ExportedEvidence
    is_ready: bool

    @property
    def fingerprint(self) -> str:
        """Enough of the file's hash to compare two lines by eye."""
        return f"{self.run.sha256[:8]} {self.run.sha256[8:16]}"


def export_lines(case: Case) -> list[ExportLine]:
    """The newest copies that were asked for: one query."""
    now = timezone.now()
    return [
        ExportLine(run, bool(run.file and run.expires_at and run.expires_at > now))
        for run in ExportedEvidence.objects.filter(case=case)[:SHOWN]
    ]
