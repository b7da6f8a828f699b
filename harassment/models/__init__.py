"""Tenant schema: scores, incidents and cases, alerts, evidence, who revealed what."""

from harassment.models.alerts import Alert
from harassment.models.cases import (
    INCIDENT_FROM,
    MASKED_FROM,
    Case,
    CaseEvent,
    Incident,
    Severity,
    Target,
    hold_case_book,
)
from harassment.models.dogpiles import AccountRhythm, Dogpile
from harassment.models.evidence import Evidence, EvidenceContent, EvidenceErasure
from harassment.models.exports import ExportedEvidence
from harassment.models.recalibrations import Recalibration
from harassment.models.reveals import Reveal
from harassment.models.scores import (
    EVASIVE_FROM,
    UNCOVERED,
    Explanation,
    Rescoring,
    ToxicityScore,
)
from harassment.models.seals import EvidenceSeal, EvidenceStamp
from harassment.models.signals import DetectedSignal

__all__ = [
    "EVASIVE_FROM",
    "INCIDENT_FROM",
    "MASKED_FROM",
    "UNCOVERED",
    "AccountRhythm",
    "Alert",
    "Case",
    "CaseEvent",
    "DetectedSignal",
    "Dogpile",
    "Evidence",
    "EvidenceContent",
    "EvidenceErasure",
    "EvidenceSeal",
    "EvidenceStamp",
    "Explanation",
    "ExportedEvidence",
    "Incident",
    "Recalibration",
    "Rescoring",
    "Reveal",
    "Severity",
    "Target",
    "ToxicityScore",
    "hold_case_book",
]
