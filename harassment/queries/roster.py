"""The roster signal for a page: one line of context, from the k-th creator on, or nothing."""

import hashlib
import hmac
from collections.abc import Collection

from django.conf import settings

from harassment.models import RightsRequest, RosterKey, RosterMark
from integrations.models import Comment

AuthorAt = tuple[str, str, int | None, int]  # platform, author, owner of the account, account


def is_on_roster(comment: Comment) -> bool:
    """Whether its author was flagged at settings.ROSTER_LEAST creators of this workspace or more.

    Below that number nothing is said, and above it not how many nor whose: no list of people can
    be read out of the answer. Two queries.
    """
    key = present_key()
    if key is None or comment.is_own or not comment.author_external_id:
        return False
    digest = digest_of(key, comment.account.platform, comment.author_external_id)
    marks = RosterMark.objects.filter(key=key, digest=digest)
    return marks.count() >= settings.ROSTER_LEAST


def present_key() -> RosterKey | None:
    """The key of the present marks."""
    return RosterKey.objects.order_by("-pk").first()


def digest_of(key: RosterKey, platform: str, author: str) -> str:
    """Who an author is to the roster: nothing without the key, and nothing on another platform."""
    message = f"{platform}\0{author}".encode()
    return hmac.new(bytes.fromhex(key.secret), message, hashlib.sha256).hexdigest()


def creator_of(owner_id: int | None, account_id: int) -> str:
    """A creator; an account that belongs to nobody in particular is one of its own."""
    return f"u{owner_id}" if owner_id else f"a{account_id}"


def objectors(platforms: Collection[str]) -> set[tuple[str, str]]:
    """Who objected to this very use, with success."""
    return set(
        RightsRequest.objects.filter(
            kind=RightsRequest.Kind.OBJECTION,
            outcome__in=[RightsRequest.Outcome.GRANTED, RightsRequest.Outcome.PARTLY],
            platform__in=platforms,
        )
        .exclude(author_external_id="")
        .values_list("platform", "author_external_id")
    )
