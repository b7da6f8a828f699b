"""Keys for people's browsers, and the comments that they capture from their own screens."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live, tenancy
from accounts.models import Membership, User
from integrations.imports.capture import Batch
from integrations.models import Capture, CaptureToken, Comment, SocialAccount
from integrations.services.ingest import ingest_comments
from integrations.services.texts import storable
from integrations.services.twins import known_elsewhere, seen_elsewhere

PREFIX = "aura_capture_"  # so that a key that leaked is known for what it is
MOST_TOKENS = 10  # usable ones of one person
TOUCH = timedelta(minutes=1)  # how exactly the last use is kept


class CaptureTokenError(Exception):
    """The key cannot be made; the sentence is for people."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a batch."""

    new: int
    known: int


def create_token(*, name: str, member: Membership, actor: User) -> tuple[CaptureToken, str]:
    """A key of this person for this workspace, and its text, which nobody can read again.

    Raises CaptureTokenError when the person has too many.
    """
    with transaction.atomic():
        mine = CaptureToken.objects.usable().of(member).select_for_update()
        if len(mine) >= MOST_TOKENS:
            raise CaptureTokenError(_("You have ten keys. Revoke one that you no longer need."))
        plain = PREFIX + secrets.token_urlsafe(32)
        token = CaptureToken.objects.create(
            user_id=member.user_id, name=storable(name, 60), token_hash=_hash(plain)
        )
        audit.record("integrations.capture_token.created", actor=actor, target=str(token.code))
    return token, plain


@transaction.atomic
def revoke_token(*, token: CaptureToken, actor: User) -> None:
    """End a key for good; a revoked one stays as it is."""
    revoked = CaptureToken.objects.usable().filter(pk=token.pk).update(revoked_at=timezone.now())
    if revoked:
        audit.record("integrations.capture_token.revoked", actor=actor, target=str(token.code))


def find_token(*, plain: str) -> CaptureToken | None:
    """The usable key with this text in the entered workspace."""
    if not plain.startswith(PREFIX) or len(plain) > 200:
        return None
    return CaptureToken.objects.usable().filter(token_hash=_hash(plain)).first()


@transaction.atomic
def receive_captures(*, token: CaptureToken, batch: Batch, member: Membership) -> Received:
    """Take a batch like an import; true afterwards however often it comes.

    Every new comment gets a Capture: who says that it was there, and when. One that the platform
    itself told of stays as it is. Announces what ingest_comments announces.
    """
    now = timezone.now()
    CaptureToken.objects.filter(pk=token.pk).exclude(last_used_at__gt=now - TOUCH).update(
        last_used_at=now
    )
    account = _holder(batch.platform, member)
    unnamed = [item for item in batch.items if not item.is_named]
    known = known_elsewhere(
        account=account,
        named=[item.comment for item in batch.items if item.is_named],
        unnamed=[item.comment for item in unnamed],
    )
    undated = [item for item in unnamed if item.comment.created_at == batch.captured_at]
    if undated:
        known |= seen_elsewhere(
            account=account, items=[(item.comment, item.post_url) for item in undated]
        )
    fresh = [item for item in batch.items if storable(item.comment.id) not in known]
    with tenancy.public():
        sender = member.user
    person = sender.label[:80]
    done = ingest_comments(
        account=account,
        items=[replace(item.comment, raw=_signed(item.comment.raw, person)) for item in fresh],
        observed_at=now,
        source=Comment.Source.CAPTURE,
        post_urls={item.comment.post_id: item.post_url for item in fresh},
    )
    Capture.objects.bulk_create(
        Capture(comment_id=pk, user_id=member.user_id, person=person, captured_at=batch.captured_at)
        for pk in done.new_ids
    )
    received = Received(len(done.new_ids), len(batch.items) - len(done.new_ids))
    audit.record(
        "integrations.capture.received",
        actor=sender,
        target=str(token.code),
        data={"platform": batch.platform, "new": received.new, "known": received.known},
    )
    live.poke("inbox")
    return received


def _holder(platform: str, member: Membership) -> SocialAccount:
    """Who holds captured comments: one a platform, and one more for a creator's own."""
    owner_id = member.confined_to
    return SocialAccount.objects.get_or_create(
        platform=platform,
        external_id="capture" if owner_id is None else f"capture-{owner_id}",
        defaults={"is_import": True, "owner_id": owner_id, "display_name": "Captured by hand"},
    )[0]


def _signed(raw: dict[str, object], person: str) -> dict[str, object]:
    told = raw["captured_by_hand"]
    return {"captured_by_hand": {"by": person, **(told if isinstance(told, dict) else {})}}


def _hash(plain: str) -> str:
    """A key of 256 random bits needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(plain.encode()).hexdigest()
