"""What a pattern proved of a wording, beside any score: counts and places, never its words."""

from django.db import models

from integrations.models import Comment


class DetectedSignal(models.Model):
    """One thing found in one wording of a comment; it needs no score to exist."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="signals")
    text_hash = models.CharField(max_length=64)  # the wording it was found in
    kind = models.CharField(max_length=16)  # doxx, threat, self_harm, blackmail, ...
    detail = models.CharField(max_length=16)  # phone, weapon, ...: each belongs to one kind
    count = models.PositiveSmallIntegerField(default=1)
    places = models.JSONField(default=list)  # [start, end] in the text as stored
    version = models.CharField(max_length=16)  # of the patterns
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "text_hash", "detail"], name="signal_once")
        ]
        indexes = [models.Index(fields=["kind", "comment"], name="signal_kind")]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.kind} {self.detail}"
