"""Facts this room tells. Sent inside the transaction, as its last step; arguments are ids."""

from django.dispatch import Signal

# comment_ids: list[int] of new comments, and of known ones whose wording changed
# (edited_ids: list[int], a subset). Guaranteed: rows are written in this same transaction, in the
# entered workspace, at most settings.SCORE_BATCH ids a call.
comments_ingested = Signal()

# account_id: int. Guaranteed: tokens are wiped in this same transaction.
account_disconnected = Signal()

# action_id: int. Sent when a ModerationAction reached confirmed, unconfirmed or refused.
action_finished = Signal()
