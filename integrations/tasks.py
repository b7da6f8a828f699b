"""The jobs of this room, and the beat that promises readings."""

from celery import shared_task

from accounts.outbox import job
from integrations.services import (
    chat,
    connect,
    delivery,
    departure,
    erasure,
    imports,
    live_chats,
    pushes,
    schedule,
    sync,
    telling,
    webhooks,
)


@job("integrations.sync_account", queue="sync", atomic=False)
def sync_account(*, account: str) -> None:
    """Read one account."""
    sync.sync_account(account_code=account)
    live_chats.look_for_chats(account_code=account)


@job("integrations.listen_live", queue="sync", atomic=False)
def listen_live(*, account: str) -> None:
    """Ask an account's live chats what was said."""
    live_chats.listen(account_code=account)


@job("integrations.revoke_grant", queue="sync", atomic=False)
def revoke_grant(*, account: str) -> None:
    """Give a disconnected account's permission back to its platform."""
    connect.revoke_grant(account_code=account)


@job("integrations.tell_trouble")
def tell_trouble(*, account: str) -> None:
    """Write to those who can mend a connection."""
    telling.tell_trouble(account_code=account)


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


@job("integrations.drop_import")
def drop_import(*, run: str) -> None:
    """Remove an uploaded export that nobody chose from."""
    imports.drop_import(run_code=run)


@job("integrations.read_chat", queue="sync", atomic=False)
def read_chat() -> None:
    """Bring what was heard in chats to the workspaces it concerns."""
    chat.read_frames()


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


@job("integrations.delete_departed", queue="default", atomic=False)
def delete_departed(*, account: str) -> None:
    """Delete the data of an account that was disconnected long enough ago."""
    departure.delete_departed(account_code=account)


@shared_task(name="integrations.delete_due", public_ok=True)
def delete_due() -> int:
    """Promise the deletions whose day has come; how many. The beat calls this."""
    return departure.promise_deletions()


@job("integrations.keep_push", queue="sync", atomic=False)
def keep_push(*, platform: str, account: str) -> None:
    """Ask a hub for pushes about an account, or for their end."""
    pushes.keep_push(platform_kind=platform, external_id=account)


@shared_task(name="integrations.renew_pushes", public_ok=True)
def renew_pushes() -> int:
    """Promise a look at every lease that ends soon; how many. The beat calls this."""
    return pushes.renew_pushes()


@shared_task(name="integrations.prune_webhooks", public_ok=True)
def prune_webhooks() -> int:
    """Drop deliveries that nobody needs any more; how many. The beat calls this."""
    return webhooks.prune_deliveries()


@shared_task(name="integrations.dispatch_due", public_ok=True)
def dispatch_due() -> int:
    """Promise a reading for every account that is due; how many. The beat calls this."""
    return schedule.dispatch_due_syncs()
