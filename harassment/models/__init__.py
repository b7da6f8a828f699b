"""Tenant schema: scores, incidents and cases, alerts, evidence, who revealed what."""

from harassment.models.alerts import Alert
from harassment.models.cases import (
    INCIDENT_FROM,
    MASKED_FROM,
    Case,
    CaseEvent,
    Incident,
    Severity,
    hold_case_book,
)
from harassment.models.evidence import Evidence
from harassment.models.reveals import Reveal
from harassment.models.scores import ToxicityScore

__all__ = [
    "INCIDENT_FROM",
    "MASKED_FROM",
    "Alert",
    "Case",
    "CaseEvent",
    "Evidence",
    "Incident",
    "Reveal",
    "Severity",
    "ToxicityScore",
    "hold_case_book",
]
