"""Who chose to read which masked comment: exposure is counted to protect the reader."""

from django.db import models

from integrations.models import Comment


class Reveal(models.Model):
    """One person read one comment on purpose."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="reveals")
    user_id = models.BigIntegerField()
    text_hash = models.CharField(max_length=64, blank=True)  # the wording that was read
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "-at"], name="reveal_user_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"
