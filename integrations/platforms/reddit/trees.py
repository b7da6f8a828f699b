"""What a tree of comments leaves out: how much it is, and the way to ask for it later."""

from collections.abc import Sequence

from integrations.platforms.base import ThreadRef
from integrations.platforms.reddit.parse import Branch, Stub

PORTION = 100  # ids of one morechildren call


def incomplete(branch: Branch, post_id: str) -> list[ThreadRef]:
    """A thread whose stubs stand for more than what came along."""
    if not branch.stubs or not branch.tops:
        return []
    top = next(iter(branch.tops.values()))
    known = sum(one.id != top for one in branch.comments)
    is_counted = all(stub.count for stub in branch.stubs)
    missing = sum(stub.count for stub in branch.stubs)
    return [ThreadRef(top, post_id, known + missing if is_counted else None)]


def packed(stubs: Sequence[Stub]) -> str:
    """What is still left out as a cursor, in portions of one call; it never reaches a database."""
    portions = []
    for stub in stubs:
        starts = range(0, max(len(stub.ids), 1), PORTION)
        portions += [f"{stub.parent_id}:{','.join(stub.ids[at : at + PORTION])}" for at in starts]
    return ";".join(portions)


def unpacked(cursor: str) -> list[Stub]:
    """The stubs in a cursor made by `packed`."""
    stubs = []
    for portion in cursor.split(";"):
        parent_id, _, ids = portion.partition(":")
        stubs.append(Stub(parent_id, tuple(filter(None, ids.split(","))), 0))
    return stubs
