"""Durable jobs: a row in the transaction of its cause; Celery only runs it."""

import uuid

from django.db import models

from accounts.models.workspaces import Workspace


class Job(models.Model):
    """One promised piece of work."""

    class State(models.TextChoices):
        QUEUED = "queued"  # waits for run_at
        SENT = "sent"  # handed to Celery; the lease says until when that is believed
        RUNNING = "running"  # claimed by a worker, under the same lease
        DONE = "done"
        DEAD = "dead"  # given up after settings.JOB_MAX_ATTEMPTS; a person may replay it

    UNFINISHED = (State.QUEUED, State.SENT, State.RUNNING)

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, null=True, related_name="jobs"
    )  # null: a job on public rows
    name = models.CharField(max_length=80)
    queue = models.CharField(max_length=16)
    key = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # At most one unfinished job of a key; a workspace's null counts as a value.
            models.UniqueConstraint(
                fields=["workspace", "name", "key"],
                condition=models.Q(state__in=["queued", "sent", "running"]) & ~models.Q(key=""),
                name="job_key_unfinished",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["run_at"], condition=models.Q(state="queued"), name="job_due"),
            models.Index(
                fields=["leased_until"],
                condition=models.Q(state__in=["sent", "running"]),
                name="job_leased",
            ),
            models.Index(fields=["state", "finished_at"], name="job_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"
