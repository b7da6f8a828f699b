"""Changing the key that seals: every stored secret is sealed anew, while everything runs on."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, Func, Model, Q, QuerySet, Value
from django.utils import timezone

from accounts import tenancy
from integrations import tokens
from integrations.models import SocialAccount
from integrations.routing.models import OAuthState
from integrations.services.credentials import FIELDS

BATCH = 200  # rows that are looked up at once; each is rewritten in a transaction of its own
_COLUMNS = [f"{name}_token_enc" for name in FIELDS]


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many sealed values were written anew, and how many no key could open."""

    rewritten: int = 0
    broken: int = 0

    def __add__(self, other: "Rotated") -> "Rotated":
        return Rotated(self.rewritten + other.rewritten, self.broken + other.broken)


def rotate_tokens() -> Rotated:
    """Seal every token of the entered workspace with the ring's first key.

    Safe to stop at any moment, to run again and to run twice at once: a row is locked while it is
    rewritten, and what is sealed with the first key is left alone. A row that a worker holds, to
    renew its tokens, is waited for after all others.
    """
    stale = Q()
    for column in _COLUMNS:
        stale |= ~Q(**{column: ""}) & ~Q(**{f"{column}__startswith": tokens.primary_mark()})
    total = Rotated()
    last = 0
    busy: list[int] = []
    while True:
        rows = SocialAccount.objects.filter(stale, pk__gt=last).order_by("pk")
        pks = list(rows.values_list("pk", flat=True)[:BATCH])
        if not pks:
            break
        last = pks[-1]
        for pk in pks:
            done = _rotate_account(pk, waits=False)
            if done is None:
                busy.append(pk)
            else:
                total += done
    for pk in busy:
        total += _rotate_account(pk, waits=True) or Rotated()
    return total


def rotate_verifiers() -> int:
    """Seal what consent dances need that are under way; how many. For public code."""
    count = 0
    with tenancy.public():
        for pk in list(_dances().values_list("pk", flat=True)):
            with transaction.atomic():
                row = _dances().select_for_update(no_key=True).filter(pk=pk).first()
                if row is None or not tokens.is_stale(row.verifier_enc):
                    continue
                sealed = _sealed_anew(row.verifier_enc, row=row.state_hash, field="verifier")
                if sealed:
                    row.verifier_enc = sealed
                    row.save(update_fields=["verifier_enc"])
                    count += 1
    return count


def keys_in_use() -> Counter[str]:
    """How many sealed values each key holds: of the entered workspace."""
    found: Counter[str] = Counter()
    for column in _COLUMNS:
        found += _kids(SocialAccount, column, ~Q(**{column: ""}))
    return found


def keys_in_dances() -> Counter[str]:
    """The same of the consent dances under way. For public code."""
    with tenancy.public():
        return _kids(OAuthState, "verifier_enc", Q(pk__in=_dances()))


def _dances() -> QuerySet[OAuthState]:
    return OAuthState.objects.filter(used_at=None, expires_at__gt=timezone.now())


def _kids(model: type[Model], column: str, which: Q) -> Counter[str]:
    kid = Func(F(column), Value("."), Value(2), function="split_part", output_field=CharField())
    kids = model._default_manager.filter(which).annotate(kid=kid).values_list("kid", flat=True)
    return Counter(kids.iterator())


def _rotate_account(pk: int, *, waits: bool) -> Rotated | None:
    """None when somebody else holds the row and nobody waits for it."""
    with transaction.atomic():
        locked = SocialAccount.objects.select_for_update(no_key=True, skip_locked=not waits)
        account = locked.filter(pk=pk).first()
        if account is None:
            return Rotated() if waits else None
        changed: list[str] = []
        broken = 0
        for name, column in zip(FIELDS, _COLUMNS, strict=True):
            sealed: str = getattr(account, column)
            if not sealed or not tokens.is_stale(sealed):
                continue
            again = _sealed_anew(sealed, row=account.code, field=name)
            if again is None:
                broken += 1
                continue
            setattr(account, column, again)
            changed.append(column)
        if changed:
            account.save(update_fields=changed)
        return Rotated(len(changed), broken)


def _sealed_anew(sealed: str, *, row: UUID | str, field: str) -> str | None:
    """None when no key of the ring opens it."""
    try:
        return tokens.seal(tokens.unseal(sealed, row=row, field=field), row=row, field=field)
    except tokens.TokenError:
        return None
