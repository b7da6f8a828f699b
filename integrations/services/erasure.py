"""A person asks their platform that we forget them: the account's data goes, sealed proof stays."""

from dataclasses import dataclass
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import audit, live, outbox, tenancy
from integrations import holds
from integrations.models import Comment, CommentOrigin, Post, SocialAccount
from integrations.models.social_accounts import SocialAccountQuerySet
from integrations.routing.models import DeletionRequest
from integrations.services import schedule
from integrations.services.connect import disconnect_account

State = DeletionRequest.State

BATCH = 500  # comments of one transaction


@dataclass(frozen=True, slots=True)
class Erased:
    """How many comments went, and how many stay as sealed evidence."""

    deleted: int
    kept: int


def promise_check(*, platform_kind: str, user_id: str) -> None:
    """Somebody took Aura's permission back on the platform: look at their accounts soon.

    For the public host. The word alone changes nothing: an old one could be sent again.
    """
    with tenancy.public():
        outbox.enqueue(
            "integrations.check_grants",
            public=True,
            key=f"{platform_kind}:{user_id}"[:120],
            platform=platform_kind,
            user=user_id,
        )


def check_grants(*, platform_kind: str, user_id: str) -> None:
    """Read a person's accounts in every workspace; a token that is over says so there."""
    for _workspace in tenancy.for_each_workspace():
        for account in _accounts_of(platform_kind, user_id).connected():
            schedule.enqueue_sync(account_code=str(account.code))


def request_deletion(*, platform_kind: str, user_id: str) -> UUID:
    """Write a person's wish down with the job that fulfils it; the code that tells its state.

    For the public host. The same wish again, while the first waits, is the first one.
    """
    with tenancy.public(), transaction.atomic():
        row, is_new = DeletionRequest.objects.get_or_create(
            platform=platform_kind, user_id=user_id, state=State.RECEIVED
        )
        if is_new:
            outbox.enqueue(
                "integrations.erase_person", public=True, key=str(row.code), request=str(row.code)
            )
    return row.code


def erase_person(*, request_code: str) -> None:
    """Erase a person's accounts in every workspace. Safe to run again after any crash."""
    with tenancy.public():
        row = DeletionRequest.objects.filter(code=request_code, state=State.RECEIVED).first()
    if row is None:
        return
    # Every workspace is asked: an account that was disconnected has left no route to follow.
    for _workspace in tenancy.for_each_workspace():
        for account in _accounts_of(row.platform, row.user_id):
            erase_account(account=account, request=row)
    with tenancy.public():
        DeletionRequest.objects.filter(pk=row.pk).update(
            state=State.DONE, user_id="", finished_at=timezone.now()
        )


def erase_account(*, account: SocialAccount, request: DeletionRequest | None = None) -> Erased:
    """Disconnect an account and delete what was read from it, batch by batch.

    Comments that a room holds as evidence stay, without the platform's raw answer; so does the
    account's name beside them, and what rooms keep by name in `holds`. `request` is told of every
    batch. Without any the row goes too, unless something else still refers to it.
    """
    disconnect_account(account=account, actor=None)
    deleted = 0
    last = 0
    while ids := _next_ids(account, last):
        last = ids[-1]
        with tenancy.public():  # the job is nobody's: no workspace sees its row
            outbox.extend_lease()
        with transaction.atomic():
            held = holds.held_ids(ids)
            going = [pk for pk in ids if pk not in held]
            Comment.objects.filter(pk__in=going).delete()
            Comment.objects.filter(pk__in=held).update(raw={})
            CommentOrigin.objects.filter(comment__in=held).update(raw={})
            _tell(request, deleted=len(going))
        deleted += len(going)
    with transaction.atomic():
        kept = Comment.objects.filter(account=account).count()
        Post.objects.filter(account=account, comments=None).delete()
        _clear(account)
        _forget(account, is_named=kept > 0)
        _tell(request, kept=kept)
        audit.record(
            "integrations.account.erased",
            target=str(account.code),
            data={"platform": account.platform, "deleted": deleted, "kept": kept},
        )
        live.poke("accounts")
        live.poke("inbox")
    return Erased(deleted, kept)


def _accounts_of(platform_kind: str, user_id: str) -> SocialAccountQuerySet:
    mine = Q(external_id=user_id) | Q(alias_id=user_id)
    return SocialAccount.objects.filter(mine, platform=platform_kind, is_import=False)


def _next_ids(account: SocialAccount, last: int) -> list[int]:
    rows = Comment.objects.filter(account=account, pk__gt=last).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _tell(request: DeletionRequest | None, *, deleted: int = 0, kept: int = 0) -> None:
    if request is not None:
        with tenancy.public():
            DeletionRequest.objects.filter(pk=request.pk).update(
                deleted=F("deleted") + deleted, kept=F("kept") + kept
            )


def _clear(account: SocialAccount) -> None:
    """Rows of every room that hang on the account itself go, whatever models there are."""
    for relation in SocialAccount._meta.related_objects:
        model = relation.related_model
        if model in {Comment, Post} or model in holds.kept_models():
            continue
        rows = model._base_manager.filter(**{relation.field.name: account})
        if relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
        else:
            rows.delete()


def _forget(account: SocialAccount, *, is_named: bool) -> None:
    """Whoever connects the account again begins anew: nothing leads from its id to this row."""
    if not is_named:
        try:
            with transaction.atomic():
                SocialAccount.objects.filter(pk=account.pk).delete()
        except models.ProtectedError:
            SocialAccount.objects.filter(pk=account.pk).update(handle="", display_name="")
    SocialAccount.objects.filter(pk=account.pk).update(
        external_id=account.erased_id,
        delete_data_at=None,
        alias_id="",
        avatar_url="",
        url="",
        uploads_id="",
        follower_count=None,
    )
