"""Whether what a file or a person brings is already there, read from the platform itself."""

from collections.abc import Sequence
from datetime import datetime

from integrations.models import Comment, SocialAccount
from integrations.platforms.base import RemoteComment
from integrations.services.ingest import hash_text, storable

Print = tuple[str, datetime, str]


def known_elsewhere(
    *, account: SocialAccount, named: Sequence[RemoteComment], unnamed: Sequence[RemoteComment]
) -> set[str]:
    """Ids of those comments that another account of the same platform and creator holds.

    `named` carry the platform's own ids and are compared by them. `unnamed` carry made ones: the
    same words at the same second by the same author are the same comment.
    """
    others = SocialAccount.objects.filter(platform=account.platform).exclude(pk=account.pk)
    if account.owner_id is not None:
        others = others.filter(owner_id=account.owner_id)
    there = Comment.objects.filter(account__in=others)
    known: set[str] = set()
    if named:
        ids = [storable(comment.id) for comment in named]
        known |= set(there.filter(external_id__in=ids).values_list("external_id", flat=True))
    if unnamed:
        seen = {
            (text_hash, published_at, _author(handle, is_own=is_own))
            for text_hash, published_at, handle, is_own in there.filter(
                published_at__in={comment.created_at for comment in unnamed}
            ).values_list("text_hash", "published_at", "author_handle", "is_own")
        }
        known |= {storable(comment.id) for comment in unnamed if _print(comment) in seen}
    return known


def _print(comment: RemoteComment) -> Print:
    handle = comment.author_handle or comment.author_name
    author = _author(handle, is_own=comment.is_own)
    return hash_text(comment.text), comment.created_at, author


def _author(handle: str, *, is_own: bool) -> str:
    return "" if is_own else handle.lstrip("@").casefold()
