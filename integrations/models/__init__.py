"""Tenant schema: connected accounts, what was heard, how far it was read, what was done."""

from integrations.models.actions import ModerationAction
from integrations.models.content import Comment, CommentRevision, Post
from integrations.models.imports import ImportProblem, ImportRun
from integrations.models.metrics import MetricPoint
from integrations.models.social_accounts import SocialAccount
from integrations.models.sync import SyncCursor, SyncRun

__all__ = [
    "Comment",
    "CommentRevision",
    "ImportProblem",
    "ImportRun",
    "MetricPoint",
    "ModerationAction",
    "Post",
    "SocialAccount",
    "SyncCursor",
    "SyncRun",
]
