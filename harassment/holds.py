"""What this room keeps of an account that a platform wants forgotten: sealed evidence."""

from collections.abc import Collection

from harassment.models import Evidence
from integrations import holds


def sealed_ids(comment_ids: Collection[int]) -> set[int]:
    """Those of the comments that are evidence. 1 query."""
    found = Evidence.objects.filter(comment__in=comment_ids)
    return set(found.values_list("comment_id", flat=True))


holds.register(sealed_ids)
