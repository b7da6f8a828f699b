"""Facts this room tells. Sent inside the transaction, as its last step; arguments are ids."""

from django.dispatch import Signal

# workspace_id: int. The schema stands and the workspace is open.
workspace_opened = Signal()
