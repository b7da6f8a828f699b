"""What this room holds about people."""

from accounts.privacy import Leaves, register
from integrations.models import (
    Capture,
    CaptureToken,
    Comment,
    CommentOrigin,
    CommentRevision,
    CoverageGap,
    ImportProblem,
    ImportRun,
    LiveChat,
    MetricPoint,
    ModerationAction,
    Post,
    SocialAccount,
    SyncCursor,
    SyncRun,
)
from integrations.routing.models import (
    ConnectionRoute,
    DeletionRequest,
    MeterPeriod,
    OAuthState,
    PushLease,
    WebhookDelivery,
)

register(
    SocialAccount,
    personal="external_id alias_id handle display_name avatar_url url uploads_id",
    secret="access_token_enc refresh_token_enc revoking_token_enc",
    neutral="platform status status_reason scopes_granted scopes_missing",
    leaves=Leaves.WITH_WORKSPACE,
)
register(Post, personal="title", neutral="external_id url thumbnail_url", leaves=Leaves.WITH_SOURCE)
register(
    Comment,
    personal="author_external_id author_handle author_name text text_norm permalink raw",
    neutral="external_id parent_external_id text_hash visibility source",
    leaves=Leaves.WITH_SOURCE,
)
register(
    CommentOrigin,
    personal="author_external_id author_handle author_name raw",
    neutral="source external_id post_url",
    leaves=Leaves.WITH_SOURCE,
)
register(CommentRevision, personal="text", neutral="text_hash", leaves=Leaves.WITH_SOURCE)
register(
    ModerationAction,
    personal="reply_text actor_label",
    neutral="verb state visibility_before remote_id detail",
    leaves=Leaves.WITH_SOURCE,
)
register(Capture, personal="person", leaves=Leaves.WITH_SOURCE)
register(CaptureToken, personal="name", secret="token_hash", leaves=Leaves.WITH_WORKSPACE)
register(
    ImportRun,
    personal="filename file found",
    neutral="platform sha256 encoding delimiter parts state error",
    leaves=Leaves.WITH_WORKSPACE,
)
register(ImportProblem, personal="place", neutral="reason", leaves=Leaves.WITH_WORKSPACE)
register(MetricPoint, neutral="name", leaves=Leaves.WITH_SOURCE)
register(SyncRun, neutral="wish state stage error", leaves=Leaves.WITH_SOURCE)
register(CoverageGap, neutral="cause reason", leaves=Leaves.WITH_SOURCE)
register(
    LiveChat,
    personal="title",
    neutral="chat_id post_external_id cursor reason",
    leaves=Leaves.WITH_SOURCE,
)
register(SyncCursor, neutral="stream cursor", leaves=Leaves.WITH_SOURCE)
register(
    OAuthState,
    secret="state_hash verifier_enc",
    neutral="platform",
    leaves=Leaves.SOON,
)
register(ConnectionRoute, personal="external_id", neutral="platform", leaves=Leaves.WITH_SOURCE)
register(PushLease, personal="external_id", neutral="platform state", leaves=Leaves.WITH_SOURCE)
register(MeterPeriod, neutral="platform meter period", leaves=Leaves.SOON)
register(
    WebhookDelivery,
    personal="raw_body",
    neutral="platform dedupe_key state reason headers",
    leaves=Leaves.SOON,
)
register(
    DeletionRequest, personal="user_id", neutral="platform state", leaves=Leaves.SOON
)  # fmt: skip
