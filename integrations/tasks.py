"""The jobs of this room, and the beat that promises readings."""

from celery import shared_task

from accounts.outbox import job
from integrations.services import connect, delivery, imports, schedule, sync


@job("integrations.sync_account", queue="sync", atomic=False)
def sync_account(*, account: str) -> None:
    """Read one account."""
    sync.sync_account(account_code=account)


@job("integrations.revoke_grant", queue="sync", atomic=False)
def revoke_grant(*, account: str) -> None:
    """Give a disconnected account's permission back to its platform."""
    connect.revoke_grant(account_code=account)


@job("integrations.perform_action", queue="sync", atomic=False)
def perform_action(*, action: str) -> None:
    """Send a moderation action."""
    delivery.perform_action(action_code=action)


@job("integrations.read_back", queue="sync", atomic=False)
def read_back(*, action: str) -> None:
    """Ask the platform whether an accepted action shows."""
    delivery.read_back(action_code=action)


@job("integrations.run_import", queue="default", atomic=False)
def run_import(*, run: str) -> None:
    """Read an uploaded file."""
    imports.run_import(run_code=run)


@shared_task(name="integrations.dispatch_due", public_ok=True)
def dispatch_due() -> int:
    """Promise a reading for every account that is due; how many. The beat calls this."""
    return schedule.dispatch_due_syncs()
