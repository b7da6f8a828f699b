"""The jobs of this room, and the beat that promises readings."""

from celery import shared_task

from accounts.outbox import job
from integrations.services import (
    connect,
    delivery,
    erasure,
    imports,
    schedule,
    sync,
    webhooks,
)


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


@job("integrations.route_webhook", queue="sync")
def route_webhook(*, delivery: str) -> None:
    """Bring a platform's own words to the workspaces they concern."""
    webhooks.route_delivery(delivery_code=delivery)


@job("integrations.apply_webhook", queue="sync", atomic=False)
def apply_webhook(*, delivery: str, account: str) -> None:
    """Look at what a delivery says has changed."""
    webhooks.apply_delivery(delivery_code=delivery, account_code=account)


@job("integrations.check_grants", queue="sync", atomic=False)
def check_grants(*, platform: str, user: str) -> None:
    """Read the accounts again whose permission a person has taken back on the platform."""
    erasure.check_grants(platform_kind=platform, user_id=user)


@job("integrations.erase_person", queue="default", atomic=False)
def erase_person(*, request: str) -> None:
    """Carry out a deletion that a person asked their platform for."""
    erasure.erase_person(request_code=request)


@shared_task(name="integrations.prune_webhooks", public_ok=True)
def prune_webhooks() -> int:
    """Drop deliveries that nobody needs any more; how many. The beat calls this."""
    return webhooks.prune_deliveries()


@shared_task(name="integrations.dispatch_due", public_ok=True)
def dispatch_due() -> int:
    """Promise a reading for every account that is due; how many. The beat calls this."""
    return schedule.dispatch_due_syncs()
