"""What this room keeps of an account that a platform wants forgotten: evidence and its cases."""

from collections.abc import Collection

from harassment.models import Case, CreatorCountry, Dogpile, Evidence
from integrations import holds


def sealed_ids(comment_ids: Collection[int]) -> set[int]:
    """Those of the comments that are evidence. 1 query."""
    found = Evidence.objects.filter(comment__in=comment_ids)
    return set(found.values_list("comment_id", flat=True))


holds.register(sealed_ids)
holds.keep(Case, why="The record around the evidence, and the creator's own work.")
holds.keep(Dogpile, why="The wave that a case is about, in figures.")
holds.keep(CreatorCountry, why="Reports of a case name the offices of that country.")
