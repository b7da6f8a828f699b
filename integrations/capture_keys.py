"""The keys for capturing by hand, as their page shows them."""

from dataclasses import dataclass

from accounts import tenancy
from accounts.models import Grant, Membership, User
from integrations.models import CaptureToken
from integrations.models.captures import CaptureTokenQuerySet

SHOWN = 50


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One key in the list; its text is nowhere."""

    token: CaptureToken
    person: str  # empty: one's own


def tokens_for(membership: Membership) -> CaptureTokenQuerySet:
    """The keys that a person may see and revoke: their own, or all for who manages people."""
    if membership.may(Grant.MANAGE):
        return CaptureToken.objects.all()
    return CaptureToken.objects.of(membership)


def token_lines(membership: Membership) -> list[TokenLine]:
    """The usable keys, newest first. Two queries."""
    tokens = list(tokens_for(membership).usable()[:SHOWN])
    others = {token.user_id for token in tokens} - {membership.user_id}
    with tenancy.public():
        names = {user.pk: user.label for user in User.objects.filter(pk__in=others)}
    return [TokenLine(token, names.get(token.user_id, "")) for token in tokens]
