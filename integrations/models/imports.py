"""Files that people bring, and the rows of them that could not be taken."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Vocabulary of imports."""

    def visible_to(self, membership: Membership) -> "ImportRunQuerySet":
        """All of the workspace's; a creator sees only what they brought for themselves."""
        if membership.confined_to is not None:
            return self.filter(owner_id=membership.confined_to)
        return self.all()


class ImportRun(models.Model):
    """One file being read, resumable at `next_row`.

    An official export is surveyed first (`found`) and waits in ASKING until a person chose `parts`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Reading")
        ASKING = "asking", _("Waiting for your choice")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")
        CANCELED = "canceled", _("Cancelled")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    platform = models.CharField(max_length=24)  # of rows that do not name one
    # The creator whose comments these are: users live in public, so a value and not a key.
    owner_id = models.BigIntegerField(null=True)
    filename = models.CharField(max_length=200)  # as the person's machine named it; outside text
    file = models.FileField(upload_to="imports/", blank=True)  # removed when the run is over
    size = models.BigIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)  # tells an interrupted file from a new one
    encoding = models.CharField(max_length=16, blank=True)  # as found
    delimiter = models.CharField(max_length=1, blank=True)  # as found
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    found = models.JSONField(default=dict)  # what an official export holds; names its owner
    parts = models.JSONField(default=list)  # those of them that a person chose
    next_row = models.PositiveIntegerField(default=0)  # data rows already taken, without the header
    bytes_read = models.BigIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_known = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)  # English msgid, for people
    actor_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will be read."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELED}

    @property
    def is_official(self) -> bool:
        """Whether it is a platform's own export; a table has nothing to choose."""
        return "parts" in self.found

    @property
    def percent(self) -> int | None:
        """0..100 for the progress bar, None before the first line. Never 100 before done."""
        if self.state == self.State.DONE:
            return 100
        if not self.size or not self.bytes_read:
            return None
        return min(99, self.bytes_read * 100 // self.size)


class ImportProblem(models.Model):
    """A row that was left out, by line and reason; the first thousand of a file are kept."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()  # line in the file, the header is line 1; or its record
    place = models.CharField(max_length=300, blank=True)  # the file in an archive; outside text
    reason = models.CharField(max_length=200)  # English msgid, for people

    class Meta:
        ordering = ["place", "line"]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
