"""What this room holds about people."""

from accounts.privacy import Leaves, register
from harassment.models import (
    AccountRhythm,
    Alert,
    Case,
    CaseEvent,
    DetectedSignal,
    Dogpile,
    Evidence,
    EvidenceContent,
    EvidenceErasure,
    EvidenceSeal,
    EvidenceStamp,
    Explanation,
    ExportedEvidence,
    Incident,
    Recalibration,
    Rescoring,
    Reveal,
    ToxicityScore,
)

register(
    Case,
    personal="author_external_id author_handle dismissal_reason assignee_label",
    neutral="status",
    leaves=Leaves.WITH_SOURCE,
)
register(
    Incident, personal="decided_by_label", neutral="kinds target state", leaves=Leaves.WITH_SOURCE
)
register(CaseEvent, personal="actor_label note data", neutral="kind", leaves=Leaves.WITH_SOURCE)
register(AccountRhythm, neutral="hours", leaves=Leaves.WITH_SOURCE)
register(Alert, leaves=Leaves.WITH_SOURCE)
register(Dogpile, neutral="state signals", leaves=Leaves.WITH_SOURCE)
register(
    Evidence, personal="payload", neutral="reason previous_hash hash commitments",
    leaves=Leaves.NEVER,
)  # fmt: skip
register(EvidenceContent, personal="fields", leaves=Leaves.WITH_WORKSPACE)
register(EvidenceErasure, personal="reason", neutral="fields", leaves=Leaves.NEVER)
register(EvidenceSeal, neutral="statement heads key signature", leaves=Leaves.NEVER)
register(EvidenceStamp, neutral="authority", leaves=Leaves.NEVER)
register(
    ExportedEvidence,
    personal="recipient actor_label file",
    neutral="language state error sha256",
    leaves=Leaves.WITH_WORKSPACE,
)
register(Reveal, neutral="text_hash", leaves=Leaves.WITH_SOURCE)
register(
    ToxicityScore, personal="labels kinds", neutral="text_hash model_version language",
    leaves=Leaves.WITH_SOURCE,
)  # fmt: skip
register(
    Explanation, personal="words", neutral="head level tricks", leaves=Leaves.WITH_SOURCE
)  # fmt: skip
register(
    DetectedSignal, personal="detail places", neutral="text_hash kind version",
    leaves=Leaves.WITH_SOURCE,
)  # fmt: skip
register(Rescoring, neutral="model_version", leaves=Leaves.WITH_WORKSPACE)
register(
    Recalibration,
    personal="created_by_label ended_by_label",
    neutral="language model_version weights before after state reason",
    leaves=Leaves.WITH_WORKSPACE,
)
