"""The times in which Aura could not hear an account, why, and what was fetched afterwards."""

from django.db import models

from integrations.models.social_accounts import SocialAccount


class CoverageGapQuerySet(models.QuerySet["CoverageGap"]):
    """Vocabulary of gaps."""

    def open(self) -> "CoverageGapQuerySet":
        """Those that last until now: at most one an account."""
        return self.filter(ended_at=None)


class CoverageGap(models.Model):
    """One stretch without hearing: from the last whole reading to the first answer afterwards.

    Its cause and reason are those of the last trouble in it. `settled_at`: a whole reading has
    fetched since then what there was to fetch; `is_whole`: the platform's lists went far enough.
    """

    class Cause(models.TextChoices):
        TRYING = "trying"
        QUOTA = "quota"
        RECONNECT = "reconnect"
        REFUSED = "refused"
        SCOPE_MISSING = "scope_missing"
        ABSENT = "absent"  # Aura itself did not read: it was off, or far behind

    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="gaps")
    cause = models.CharField(max_length=16, choices=Cause.choices)
    reason = models.CharField(max_length=300, blank=True)  # English msgid, for people
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    is_whole = models.BooleanField(default=False)
    comments_fetched = models.PositiveIntegerField(default=0)  # written in it, kept after it
    told_at = models.DateTimeField(null=True)  # when those who can help were written to

    objects = CoverageGapQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        indexes = [models.Index(fields=["account", "-began_at"], name="gap_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(ended_at=None), name="gap_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.cause} {self.began_at:%Y-%m-%d %H:%M}"
