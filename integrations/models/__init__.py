"""Tenant schema: connected accounts, what was heard, how far it was read, what was done."""

from integrations.models.actions import ModerationAction
from integrations.models.captures import Capture, CaptureToken
from integrations.models.content import Comment, CommentOrigin, CommentRevision, Post
from integrations.models.coverage import CoverageGap
from integrations.models.imports import ImportProblem, ImportRun
from integrations.models.live_chats import LiveChat
from integrations.models.metrics import MetricPoint
from integrations.models.social_accounts import SocialAccount
from integrations.models.sync import SyncCursor, SyncRun

__all__ = [
    "Capture",
    "CaptureToken",
    "Comment",
    "CommentOrigin",
    "CommentRevision",
    "CoverageGap",
    "ImportProblem",
    "ImportRun",
    "LiveChat",
    "MetricPoint",
    "ModerationAction",
    "Post",
    "SocialAccount",
    "SyncCursor",
    "SyncRun",
]
