"""Counters as they were, to draw how they moved."""

from django.db import models

from integrations.models.content import Post
from integrations.models.social_accounts import SocialAccount


class MetricPoint(models.Model):
    """One counter of an account (post null) or a post, at one hour."""

    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="metrics")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="metrics")
    name = models.CharField(max_length=24)  # followers, views, likes, comments, posts
    value = models.BigIntegerField()
    at = models.DateTimeField()  # cut to the hour: one point an hour, the latest wins

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "post", "name", "at"],
                name="metric_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["account", "name", "-at"], name="metric_series")]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
