"""How far an account has been read, and the runs that read it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models.social_accounts import SocialAccount


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    """Vocabulary of sync runs."""

    def visible_to(self, membership: Membership) -> "SyncRunQuerySet":
        """Those of accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()

    def unfinished(self) -> "SyncRunQuerySet":
        """Waiting, reading or paused: at most one an account."""
        return self.filter(state__in=SyncRun.UNFINISHED)


class SyncRun(models.Model):
    """One reading of an account, with progress that a person can watch and stop."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Reading")
        PAUSED = "paused", _("Paused")  # quota, rate limit or a bad moment; goes on by itself
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")
        CANCELLED = "cancelled", _("Cancelled")

    class Wish(models.TextChoices):
        """What a person asked to be read again from its beginning."""

        ALL = "all", _("Everything")
        POSTS = "posts", _("Posts and their figures")
        COMMENTS = "comments", _("Comments")
        HIDDEN = "hidden", _("Held comments and spam")

    UNFINISHED = (State.QUEUED, State.RUNNING, State.PAUSED)

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    wish = models.CharField(max_length=8, choices=Wish.choices, blank=True)  # blank: routine
    since = models.DateTimeField(null=True)  # how far back a wish goes; null: to the beginning
    stage = models.CharField(max_length=16, blank=True)  # account, posts, published, held, spam
    posts_seen = models.PositiveIntegerField(default=0)
    comments_seen = models.PositiveIntegerField(default=0)
    comments_new = models.PositiveIntegerField(default=0)
    comments_expected = models.PositiveIntegerField(null=True)  # the platform's own counters
    pages_read = models.PositiveIntegerField(default=0)
    is_cancel_requested = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)  # English msgid, for people
    resume_at = models.DateTimeField(null=True)  # when a paused run goes on
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="run_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(state__in=["queued", "running", "paused"]),
                name="run_unfinished_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.state}"

    @property
    def percent(self) -> int | None:
        """0..100 for the progress bar, None while the size is not known. Never 100 before done."""
        if self.state == self.State.DONE:
            return 100
        if not self.comments_expected:
            return None
        return min(99, self.comments_seen * 100 // self.comments_expected)


class SyncCursor(models.Model):
    """Where one stream of an account was left, so that a run resumes and the next one overlaps."""

    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="cursors")
    stream = models.CharField(max_length=16)  # posts, published, held, spam
    cursor = models.CharField(max_length=1000, blank=True)  # next page of an unfinished pass
    pass_newest_at = models.DateTimeField(null=True)  # newest item seen in the unfinished pass
    pass_oldest_at = models.DateTimeField(null=True)  # oldest item seen in the unfinished pass
    pass_pages = models.PositiveIntegerField(default=0)  # pages of the unfinished pass
    watermark = models.DateTimeField(null=True)  # newest item of the last finished pass
    passed_at = models.DateTimeField(null=True)  # when the last pass was finished
    deepened_at = models.DateTimeField(null=True)  # last pass that also re-read older items
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "stream"], name="cursor_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.stream}"
