"""What the local transformer said of a comment."""

from django.db import models

from integrations.models import Comment


class ToxicityScore(models.Model):
    """One judgement of one wording by one model version; older ones stay as they were."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="scores")
    text_hash = models.CharField(max_length=64)  # the wording that was judged
    model_version = models.CharField(max_length=80)
    labels = models.JSONField()  # head -> calibrated probability 0..1
    toxicity = models.FloatField()  # the leading head, for filters and order
    severity = models.PositiveSmallIntegerField()  # 0 none .. 4 critical
    kinds = models.JSONField(default=list)  # what it is about, in the classifier's words
    language = models.CharField(max_length=3)  # fr, en, und
    is_current = models.BooleanField(default=True)  # of the present wording and model
    scored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "text_hash", "model_version"], name="score_once"
            ),
            models.UniqueConstraint(
                fields=["comment"], condition=models.Q(is_current=True), name="score_current_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["severity", "comment"],
                condition=models.Q(is_current=True),
                name="score_severity",
            )
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.toxicity:.2f}"
