"""What a workspace's own decisions taught about the shared model, one language at a time."""

import uuid

from django.db import models

from harassment.models.scores import VERSION_CHARACTERS


class RecalibrationQuerySet(models.QuerySet["Recalibration"]):
    """Vocabulary of recalibrations."""

    def active(self) -> "RecalibrationQuerySet":
        """In use, as long as the model is the one they were learned on: one a language at most."""
        return self.filter(state=Recalibration.State.ACTIVE)


class Recalibration(models.Model):
    """The outcome of one learning for one language; kept for good, only its state changes."""

    class State(models.TextChoices):
        ACTIVE = "active"
        REFUSED = "refused"  # it was no better, or there was too little to learn from
        REPLACED = "replaced"  # by a newer one, or by an older one that was taken back in use
        RESET = "reset"  # by a person

    class Reason(models.TextChoices):
        FEW = "few"  # decisions, or decisions of one kind
        NO_BETTER = "no_better"  # on the decisions that were held back

    KEPT = (State.REPLACED, State.RESET)  # may be taken back in use

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.UUIDField()  # the learning that made it: a second run of the job makes no other
    language = models.CharField(max_length=3)  # fr, en
    model_version = models.CharField(max_length=VERSION_CHARACTERS)  # of the model it corrects
    weights = models.JSONField(default=list)  # one for each figure of the model's pooled state
    offset = models.FloatField(default=0.0)
    harmful = models.PositiveIntegerField()  # different wordings that people found harmful
    harmless = models.PositiveIntegerField()
    held_back = models.PositiveIntegerField(default=0)  # of them not learned from, to check on
    before = models.JSONField(default=dict)  # on those: false_positives, false_negatives, log_loss
    after = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)  # of a refusal
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_id = models.BigIntegerField(null=True)  # users live in public
    created_by_label = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)  # when it was replaced or reset
    ended_by_label = models.CharField(max_length=80, blank=True)

    objects = RecalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "language"], name="recalibration_once"),
            models.UniqueConstraint(
                fields=["language"],
                condition=models.Q(state="active"),
                name="recalibration_active_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.state}"
