"""`manage.py relay`: hands due jobs to Celery and keeps the schedule, in one small process."""

import signal
import threading
from typing import Any

from celery.beat import EmbeddedService
from django.core.management.base import BaseCommand

from accounts import relay
from creator_ai.celery import app, send_job


class Command(BaseCommand):
    """Run until told to stop."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen in this thread; Celery's beat runs in another one."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        beat = EmbeddedService(
            app, thread=True, max_interval=1, scheduler_cls="celery.beat:Scheduler"
        )
        beat.daemon = True
        beat.start()
        relay.listen_forever(send_job, stop)
