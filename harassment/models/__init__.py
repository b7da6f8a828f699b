"""Tenant schema: scores, incidents and cases, alerts, evidence, who revealed what."""

from harassment.models.alerts import Alert
from harassment.models.cases import (
    INCIDENT_FROM,
    MASKED_FROM,
    URGENT_KINDS,
    Case,
    CaseEvent,
    Incident,
    Severity,
    Target,
    hold_case_book,
)
from harassment.models.casework import (
    DEFAULT_HOURS,
    AuthorHold,
    CaseLink,
    CaseMerge,
    CaseNotice,
    CaseSettings,
)
from harassment.models.countries import CreatorCountry
from harassment.models.dogpiles import AccountRhythm, Dogpile
from harassment.models.evidence import Evidence, EvidenceContent, EvidenceErasure
from harassment.models.exports import ExportedEvidence
from harassment.models.mails import MailItem
from harassment.models.recalibrations import Recalibration
from harassment.models.reports import Report
from harassment.models.reveals import Reveal
from harassment.models.rights import RightsRequest
from harassment.models.roster import RosterKey, RosterMark
from harassment.models.rules import CommentLabel, LexiconChange, Rule, RuleHit, RuleVersion
from harassment.models.scores import (
    EVASIVE_FROM,
    UNCOVERED,
    Explanation,
    Rescoring,
    ToxicityScore,
)
from harassment.models.seals import EvidenceSeal, EvidenceStamp
from harassment.models.shields import Shield, ShieldHold
from harassment.models.signals import DetectedSignal
from harassment.models.triage import CommentClaim, SavedView, TriageBatch, TriageItem
from harassment.models.wellbeing import ReadRequest, Wellbeing

__all__ = [
    "DEFAULT_HOURS",
    "EVASIVE_FROM",
    "INCIDENT_FROM",
    "MASKED_FROM",
    "UNCOVERED",
    "URGENT_KINDS",
    "AccountRhythm",
    "Alert",
    "AuthorHold",
    "Case",
    "CaseEvent",
    "CaseLink",
    "CaseMerge",
    "CaseNotice",
    "CaseSettings",
    "CommentClaim",
    "CommentLabel",
    "CreatorCountry",
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
    "LexiconChange",
    "MailItem",
    "ReadRequest",
    "Recalibration",
    "Report",
    "Rescoring",
    "Reveal",
    "RightsRequest",
    "RosterKey",
    "RosterMark",
    "Rule",
    "RuleHit",
    "RuleVersion",
    "SavedView",
    "Severity",
    "Shield",
    "ShieldHold",
    "Target",
    "ToxicityScore",
    "TriageBatch",
    "TriageItem",
    "Wellbeing",
    "hold_case_book",
]
