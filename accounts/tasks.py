"""The Celery tasks that run durable jobs, and the schedule's own small duties."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts import heartbeat, outbox, services
from accounts.models import LiveEvent

LIVE_EVENT_HOURS = 24  # a page that was away longer reloads anyway


@shared_task(name="accounts.run_job")
def run_job(job_id: int, lease: str) -> None:
    """Run one job inside the workspace named in the message's header."""
    with heartbeat.beating(job_id, lease):
        outbox.run(job_id, lease)


@shared_task(name="accounts.run_public_job", public_ok=True)
def run_public_job(job_id: int, lease: str) -> None:
    """Run one job that works on public rows."""
    with heartbeat.beating(job_id, lease):
        outbox.run(job_id, lease)


@shared_task(name="accounts.prune", public_ok=True)
def prune() -> None:
    """Drop finished jobs and old live events."""
    outbox.prune()
    limit = timezone.now() - timedelta(hours=LIVE_EVENT_HOURS)
    LiveEvent.objects.filter(at__lt=limit).delete()


@outbox.job("accounts.expire_access")
def expire_access(membership_id: int) -> None:
    """Close the open pages of a helper whose time is over."""
    services.expire_access(membership_id=membership_id)
