"""What this room holds about people."""

from accounts.privacy import Leaves, register
from harassment.models import (
    Alert,
    Case,
    CaseEvent,
    Evidence,
    Incident,
    Reveal,
    ToxicityScore,
)

register(
    Case,
    personal="author_external_id author_handle dismissal_reason assignee_label",
    neutral="status",
    leaves=Leaves.WITH_SOURCE,
)
register(Incident, personal="decided_by_label", neutral="kinds state", leaves=Leaves.WITH_SOURCE)
register(CaseEvent, personal="actor_label note data", neutral="kind", leaves=Leaves.WITH_SOURCE)
register(Alert, leaves=Leaves.WITH_SOURCE)
register(Evidence, personal="payload", neutral="reason previous_hash hash", leaves=Leaves.NEVER)
register(Reveal, leaves=Leaves.WITH_SOURCE)
register(
    ToxicityScore, personal="labels kinds", neutral="text_hash model_version language",
    leaves=Leaves.WITH_SOURCE,
)  # fmt: skip
