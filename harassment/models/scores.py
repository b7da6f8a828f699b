"""What the local model said of a comment, why, and how far judging everything again is."""

from django.db import models

from integrations.models import Comment

UNCOVERED = "und"  # the language of a text that the model was not made for
EVASIVE_FROM = 0.3  # from here on a disguise mattered: what was typed hid what was meant
VERSION_CHARACTERS = 120  # a model's version and the name of the workspace's own recalibration


class ScoreQuerySet(models.QuerySet["ToxicityScore"]):
    """Vocabulary of scores."""

    def current(self) -> "ScoreQuerySet":
        """Of the present wording by the newest model that looked at it."""
        return self.filter(is_current=True)

    def older_than(self, model_version: str) -> "ScoreQuerySet":
        """Current ones by another model. An account's own comments are never judged again."""
        # Two ranges and not "differs from": an index answers both.
        others = models.Q(model_version__lt=model_version) | models.Q(
            model_version__gt=model_version
        )
        return self.current().filter(others, comment__is_own=False)


class ToxicityScore(models.Model):
    """One judgement of one wording by one model version; older ones stay as they were."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="scores")
    text_hash = models.CharField(max_length=64)  # the wording that was judged
    model_version = models.CharField(max_length=VERSION_CHARACTERS)
    labels = models.JSONField()  # head -> calibrated probability 0..1
    toxicity = models.FloatField()  # the leading head, for filters and order
    severity = models.PositiveSmallIntegerField()  # 0 none .. 4 critical
    kinds = models.JSONField(default=list)  # what it is about, in the classifier's words
    language = models.CharField(max_length=3)  # fr, en, und
    sentiment = models.FloatField(null=True)  # -1 hostile or sad .. 1 warm; null: not measured
    evasion = models.FloatField(default=0.0)  # toxicity as understood minus toxicity as typed
    is_current = models.BooleanField(default=True)  # of the present wording and model
    scored_at = models.DateTimeField(auto_now_add=True)

    objects = ScoreQuerySet.as_manager()

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
            ),
            # What an older model judged is found, and found to be nothing, at once.
            models.Index(
                fields=["model_version", "comment"],
                condition=models.Q(is_current=True),
                name="score_model",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.toxicity:.2f}"


class Explanation(models.Model):
    """Why one score is as it is: made on demand, once. Places in the wording, never its words."""

    score = models.OneToOneField(
        ToxicityScore, on_delete=models.CASCADE, related_name="explanation"
    )
    head = models.CharField(max_length=80)  # the leading one
    probability = models.FloatField()
    threshold = models.FloatField()  # of that level; of "review" when none was reached
    level = models.CharField(max_length=10, blank=True)  # the highest reached: review, alert, hide
    words = models.JSONField(default=list)  # [start, end, share 0..1] in the text as stored
    tricks = models.JSONField(default=list)  # disguises that were undone, in the normaliser's words
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.score_id} {self.head}"


class Rescoring(models.Model):
    """Which model the workspace is judged by, and how far judging the rest by it is: one row."""

    model_version = models.CharField(max_length=VERSION_CHARACTERS, blank=True)
    step = models.PositiveIntegerField(default=0)  # of the promised batch; others come too late
    phase = models.PositiveSmallIntegerField(default=0)  # the most urgent comments are the first
    reached_at = models.DateTimeField(null=True)  # when the last one of this phase was published
    reached_id = models.BigIntegerField(null=True)  # and its id, for equal times
    total = models.PositiveIntegerField(default=0)  # how many an older model had judged
    judged = models.PositiveIntegerField(default=0)  # of them, by now
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.model_version} {self.judged}/{self.total}"

    @property
    def is_running(self) -> bool:
        """Whether there are comments left that an older model judged."""
        return self.started_at is not None and self.finished_at is None
