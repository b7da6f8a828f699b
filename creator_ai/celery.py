"""Celery: the runner of durable jobs. Its base task refuses to run without a known workspace."""

import os
from typing import Any

from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")

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
    "prune": {"task": "accounts.prune", "schedule": 3600.0},
}


def send_job(job_id: int, lease: str, queue: str, schema: str) -> None:
    """Hand one leased job to its queue; the schema travels as an explicit header."""
    app.send_task(
        "accounts.run_job" if schema else "accounts.run_public_job",
        args=[job_id, lease],
        queue=queue,
        headers={WORKSPACE_HEADER: schema} if schema else {},
        retry=False,
    )
