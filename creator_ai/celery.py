"""Celery: the runner of durable jobs. Its base task refuses to run without a known workspace."""

import logging
import os
from typing import Any

from celery import Celery, Task
from celery.signals import worker_process_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")

logger = logging.getLogger(__name__)

SCORE_QUEUE = "score"
WORKSPACE_HEADER = "aura_workspace"  # schema name; explicit in every message, never inferred


class WorkspaceTask(Task):
    """Runs its body inside the workspace of the message, or not at all.

    A missing or unknown workspace raises: a task that quietly ran in `public` would read and
    write for nobody, or for everybody. `public_ok=True` is for work on public rows.
    """

    abstract = True
    public_ok = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from accounts import tenancy  # noqa: PLC0415  (apps are not ready when Celery imports this)

        schema = (self.request.headers or {}).get(WORKSPACE_HEADER) or self.request.get(
            WORKSPACE_HEADER
        )
        if self.public_ok:
            with tenancy.public():
                return super().__call__(*args, **kwargs)
        if not schema:
            raise tenancy.NoWorkspace(f"{self.name} came without a workspace.")
        with tenancy.enter(str(schema)):
            return super().__call__(*args, **kwargs)


app = Celery("creator_ai", task_cls=WorkspaceTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "dispatch": {"task": "integrations.dispatch_due", "schedule": 5.0},
    "departed": {"task": "integrations.delete_due", "schedule": 3600.0},
    "webhooks": {"task": "integrations.prune_webhooks", "schedule": 3600.0},
    "pushes": {"task": "integrations.renew_pushes", "schedule": 3600.0},
    "model": {"task": "harassment.look_at_model", "schedule": 60.0},
    "evidence": {"task": "harassment.keep_evidence", "schedule": 900.0},
    "cases": {"task": "harassment.watch_cases", "schedule": 60.0},
    "roster": {"task": "harassment.keep_roster", "schedule": 3600.0},
    "charges": {"task": "ai_agents.keep_charges", "schedule": 3600.0},
    "answers": {"task": "ai_agents.forget_answers", "schedule": 3600.0},
    "talks": {"task": "ai_agents.forget_talks", "schedule": 3600.0},
    "recommendations": {"task": "ai_agents.keep_recommendations", "schedule": 3600.0},
    "prune": {"task": "accounts.prune", "schedule": 3600.0},
}


def warm_up(**_: Any) -> None:
    """Load the shipped classifier where scoring jobs are taken, before the first of them comes.

    A foreign one (`hf`) loads with its first job: Celery gives up on a process that needs more than
    four seconds to start.
    """
    takes_scoring = SCORE_QUEUE in app.amqp.queues.consume_from
    if not takes_scoring or settings.CLASSIFIER_BACKEND != "embedded":
        return
    from harassment import classifier  # noqa: PLC0415  (no other worker needs a model's runtime)

    try:
        classifier.version()
    except classifier.ModelUnavailable as error:
        logger.warning("scoring will wait for its model: %s", error)


worker_process_init.connect(warm_up)


def send_job(job_id: int, lease: str, queue: str, schema: str) -> None:
    """Hand one leased job to its queue; the schema travels as an explicit header."""
    app.send_task(
        "accounts.run_job" if schema else "accounts.run_public_job",
        args=[job_id, lease],
        queue=queue,
        headers={WORKSPACE_HEADER: schema} if schema else {},
        retry=False,
    )
