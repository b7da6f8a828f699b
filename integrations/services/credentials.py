"""Access tokens that work: renewed ahead of their end, by one renewer per account at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from integrations import tokens
from integrations.models import SocialAccount
from integrations.platforms import platform
from integrations.platforms.base import ErrorKind, PlatformError, TokenSet

T = TypeVar("T")

STILL_GOOD = timedelta(seconds=60)  # a renewal that fails may still use a token this fresh

FIELDS = ("access", "refresh", "revoking")  # `<name>_token_enc` of an account

NO_RENEWAL = _("The platform gave no lasting permission. Connect the account again.")
NOT_READABLE = _("Aura can no longer open the stored sign-in. Connect the account again.")
STILL_REFUSED = _("The platform no longer accepts this connection. Connect the account again.")


@dataclass(frozen=True, slots=True)
class Access:
    """A token and the generation it belongs to, to tell a stale refusal from a fresh one."""

    token: str = field(repr=False)
    generation: int


class Caller:
    """Calls a platform for one account; a refused token is renewed once, then it is over."""

    def __init__(self, account: SocialAccount) -> None:
        self._account_id = account.pk

    def __call__(self, call: Callable[[str], T]) -> T:
        """`call(access_token)`. Raises PlatformError; AUTH_REVOKED when renewal did not help.

        A refused token means that nothing was done, so repeating is safe for writes too.
        """
        access = access_for(account_id=self._account_id)
        try:
            return call(access.token)
        except PlatformError as error:
            if error.kind is not ErrorKind.AUTH_EXPIRED:
                raise
        access = access_for(account_id=self._account_id, refused=access.generation)
        try:
            return call(access.token)
        except PlatformError as error:
            if error.kind is not ErrorKind.AUTH_EXPIRED:
                raise
            raise PlatformError(
                ErrorKind.AUTH_REVOKED, STILL_REFUSED, detail=error.detail
            ) from None


def access_for(*, account_id: int, refused: int | None = None) -> Access:
    """A token that should work now; `refused` is the generation a platform just turned away.

    The row lock lets one renewer through; whoever waited finds the new generation and uses it.
    New tokens are stored in the transaction that holds the lock. Raises PlatformError.
    """
    account = SocialAccount.objects.get(pk=account_id)
    if not _is_due(account, refused):
        return _open(account)
    with transaction.atomic():
        # no_key: comments that are being written meanwhile refer to this row.
        account = SocialAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if not _is_due(account, refused):
            return _open(account)
        try:
            _renew(account)
        except PlatformError as error:
            if error.kind is ErrorKind.AUTH_REVOKED or not _is_usable(account, refused):
                raise
    return _open(account)


def seal_tokens(account: SocialAccount, found: TokenSet) -> list[str]:
    """Put a token set into the account's fields, encrypted; returns the names of the fields.

    A set without a renewal token leaves the stored one alone: the platform did not replace it.
    """
    account.access_token_enc = tokens.seal(found.access, row=account.code, field="access")
    account.access_expires_at = found.access_expires_at
    account.token_generation += 1
    changed = ["access_token_enc", "access_expires_at", "token_generation"]
    if found.refresh:
        account.refresh_token_enc = tokens.seal(found.refresh, row=account.code, field="refresh")
        account.refresh_expires_at = found.refresh_expires_at
        changed += ["refresh_token_enc", "refresh_expires_at"]
    if found.scopes:
        account.scopes_granted = list(found.scopes)
        account.scopes_missing = list(platform(account.platform).missing_scopes(found.scopes))
        changed += ["scopes_granted", "scopes_missing"]
    return changed


def open_token(account: SocialAccount, name: str) -> str:
    """The stored "access", "refresh" or "revoking" token; "" when there is none."""
    sealed: str = getattr(account, f"{name}_token_enc")
    if not sealed:
        return ""
    try:
        return tokens.unseal(sealed, row=account.code, field=name)
    except tokens.TokenError:
        raise PlatformError(ErrorKind.AUTH_REVOKED, NOT_READABLE, detail="sealed token") from None


def _renew(account: SocialAccount) -> None:
    refresh = open_token(account, "refresh")
    if not refresh:
        raise PlatformError(ErrorKind.AUTH_REVOKED, NO_RENEWAL, detail="no refresh token")
    changed = seal_tokens(account, platform(account.platform).refresh(refresh))
    account.save(update_fields=changed)


def _open(account: SocialAccount) -> Access:
    token = open_token(account, "access")
    if not token:
        raise PlatformError(ErrorKind.AUTH_REVOKED, STILL_REFUSED, detail="no access token")
    return Access(token, account.token_generation)


def _is_due(account: SocialAccount, refused: int | None) -> bool:
    if not account.access_token_enc:
        return False
    if refused is not None and account.token_generation == refused:
        return True
    ends = account.access_expires_at
    return ends is not None and ends < timezone.now() + platform(account.platform).renew_ahead


def _is_usable(account: SocialAccount, refused: int | None) -> bool:
    ends = account.access_expires_at
    is_refused = refused is not None and account.token_generation == refused
    return not is_refused and (ends is None or ends > timezone.now() + STILL_GOOD)
