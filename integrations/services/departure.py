"""What a disconnected account leaves behind: kept for a while, then deleted but for evidence."""

from django.db import transaction
from django.utils import timezone

from accounts import outbox, tenancy
from integrations.models import SocialAccount
from integrations.services.erasure import erase_account

Status = SocialAccount.Status


def promise_deletions() -> int:
    """A job for every account whose day has come, in its own workspace; how many. For the beat."""
    promised = 0
    for _workspace in tenancy.for_each_workspace():
        due = SocialAccount.objects.filter(
            status=Status.DISCONNECTED, delete_data_at__lte=timezone.now()
        )
        for code in due.values_list("code", flat=True):
            promised += outbox.enqueue(
                "integrations.delete_departed", key=str(code), account=str(code)
            )
    return promised


def delete_departed(*, account_code: str) -> None:
    """Delete what was read from a disconnected account; sealed evidence in cases stays.

    Nothing when it was connected again meanwhile. Safe to run again after any crash: its first
    step takes the account's id off the row, so that whoever connects the account from then on
    gets a row of their own and not one that is being emptied.
    """
    with transaction.atomic():
        account = (
            SocialAccount.objects.select_for_update(no_key=True)
            .filter(
                code=account_code,
                status=Status.DISCONNECTED,
                delete_data_at__lte=timezone.now(),
                is_import=False,
            )
            .first()
        )
        if account is None:
            return
        account.external_id, account.alias_id = account.erased_id, ""
        account.save(update_fields=["external_id", "alias_id"])
    erase_account(account=account)
