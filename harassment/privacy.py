"""What this room holds about people."""

from accounts.privacy import Leaves, register
from harassment.models import (
    AccountRhythm,
    Alert,
    AuthorHold,
    Case,
    CaseEvent,
    CaseLink,
    CaseMerge,
    CaseNotice,
    CaseSettings,
    CommentClaim,
    CommentLabel,
    CreatorCountry,
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
    LexiconChange,
    MailItem,
    ReadRequest,
    Recalibration,
    Report,
    Rescoring,
    Reveal,
    RightsRequest,
    RosterKey,
    RosterMark,
    Rule,
    RuleHit,
    RuleVersion,
    SavedView,
    Shield,
    ShieldHold,
    ToxicityScore,
    TriageBatch,
    TriageItem,
    Wellbeing,
)

register(
    Case,
    personal="author_external_id author_handle dismissal_reason subject assignee_label "
    "escalated_by_label",
    neutral="status waiting_for",
    leaves=Leaves.WITH_SOURCE,
)
register(
    AuthorHold, personal="platform author_external_id reason actor_label", leaves=Leaves.ON_REVIEW
)  # fmt: skip
register(CaseLink, personal="note actor_label", leaves=Leaves.WITH_SOURCE)
register(
    CaseMerge, personal="actor_label", neutral="moved carried status_before",
    leaves=Leaves.WITH_SOURCE,
)  # fmt: skip
register(CaseNotice, personal="from_label", neutral="kind", leaves=Leaves.WITH_SOURCE)
register(
    CaseSettings, personal="changed_by_label", neutral="hours", leaves=Leaves.WITH_WORKSPACE
)  # fmt: skip
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
register(EvidenceStamp, neutral="authority response", leaves=Leaves.NEVER)
register(
    ExportedEvidence,
    personal="recipient actor_label file",
    neutral="language state error sha256",
    leaves=Leaves.WITH_WORKSPACE,
)
register(
    Report,
    personal="recipient why harm asked addresses sender_name sender_email created_by_label "
    "changed_by_label approved_by_label sent_by_label answered_by_label reference answer file",
    neutral="kind language state ground items outcome sha256 error",
    leaves=Leaves.WITH_WORKSPACE,
)
register(CreatorCountry, personal="country chosen_by_label", leaves=Leaves.WITH_SOURCE)
register(Reveal, neutral="text_hash", leaves=Leaves.WITH_SOURCE)
register(Wellbeing, leaves=Leaves.WITH_PERSON)
register(MailItem, neutral="kind key state", leaves=Leaves.WITH_SOURCE)
register(
    ReadRequest,
    personal="asked_by_label asked_of_label",
    neutral="state kinds target danger need",
    leaves=Leaves.WITH_SOURCE,
)
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
register(
    Shield, personal="raised_by_label stopped_by_label", neutral="origin",
    leaves=Leaves.WITH_SOURCE,
)  # fmt: skip
register(
    ShieldHold, personal="released_by_label", neutral="reason", leaves=Leaves.WITH_SOURCE
)  # fmt: skip
register(
    RightsRequest,
    personal="handle message author_external_id answer extension_reason proven_by_label "
    "closed_by_label",
    secret="token_hash proof_code",
    neutral="kind platform language proof outcome",
    leaves=Leaves.WITH_WORKSPACE,
)
register(RosterKey, secret="secret", leaves=Leaves.SOON)
register(RosterMark, personal="digest", neutral="creator", leaves=Leaves.SOON)
register(Rule, personal="live_by_label", neutral="name", leaves=Leaves.WITH_WORKSPACE)
register(
    RuleVersion,
    personal="made_by_label note",
    neutral="conditions actions",
    leaves=Leaves.WITH_WORKSPACE,
)
register(RuleHit, neutral="text_hash outcomes", leaves=Leaves.WITH_SOURCE)
register(CommentLabel, personal="name removed_by_label", leaves=Leaves.WITH_SOURCE)
register(
    LexiconChange,
    personal="made_by_label",
    neutral="language category word step",
    leaves=Leaves.WITH_WORKSPACE,
)
register(SavedView, personal="name query", leaves=Leaves.WITH_WORKSPACE)
register(CommentClaim, personal="user_label", leaves=Leaves.SOON)
register(TriageBatch, personal="actor_label", neutral="verb", leaves=Leaves.WITH_WORKSPACE)
register(TriageItem, personal="reason", neutral="outcome", leaves=Leaves.WITH_SOURCE)
