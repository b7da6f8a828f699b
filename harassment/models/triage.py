"""How people work through the inbox: views of their own, who is at what, what one press did."""

import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models import Comment, ModerationAction


class SavedView(models.Model):
    """A filter of the inbox that one person gave a name. Nobody else sees it."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user_id = models.BigIntegerField()  # users live in public
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)  # as InboxFilter.query writes it
    is_default = models.BooleanField(default=False)  # shown when the inbox is opened without one

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("user_id", Lower("name"), name="view_name_once"),
            models.UniqueConstraint(
                fields=["user_id"],
                condition=models.Q(is_default=True),
                name="view_default_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)


class CommentClaimQuerySet(models.QuerySet["CommentClaim"]):
    """Vocabulary of claims."""

    def live(self) -> "CommentClaimQuerySet":
        """Those whose time is not over."""
        return self.filter(until__gt=timezone.now())


class CommentClaim(models.Model):
    """What a person has open just now: one row a person, it ends by itself and locks nothing."""

    user_id = models.BigIntegerField(unique=True)
    user_label = models.CharField(max_length=80)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="claims")
    until = models.DateTimeField()

    objects = CommentClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user_id} {self.comment_id}"


class TriageBatchQuerySet(models.QuerySet["TriageBatch"]):
    """Vocabulary of batches."""

    def visible_to(self, membership: Membership) -> "TriageBatchQuerySet":
        """Those that hold no comment which the person may not see."""
        if membership.confined_to is None:
            return self.all()
        unseen = Comment.objects.exclude(account__owner_id=membership.confined_to)
        return self.exclude(items__comment__in=unseen)


class TriageBatch(models.Model):
    """One press on several chosen comments; what became of each is in its items."""

    class Verb(models.TextChoices):
        HIDE = "hide", _("Hide")
        DISMISS = "dismiss", _("Not abuse")
        RESOLVE = "resolve", _("Dealt with")
        FILE = "file", _("Add to a case")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verb = models.CharField(max_length=8, choices=Verb.choices)
    actor_id = models.BigIntegerField()
    actor_label = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    objects = TriageBatchQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.code)


class TriageItem(models.Model):
    """What became of one comment of a batch; for an act on the platform, `action` knows."""

    class Outcome(models.TextChoices):
        ASKED = "asked"  # of the platform: see the action
        DONE = "done"  # a decision made here
        BY_HAND = "by_hand"  # not possible here: a person has to go there
        SKIPPED = "skipped"  # nothing to do, or somebody was faster
        UNDONE = "undone"

    batch = models.ForeignKey(TriageBatch, on_delete=models.CASCADE, related_name="items")
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+")
    action = models.ForeignKey(
        ModerationAction, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True)  # for the person who pressed

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "comment"], name="triage_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.outcome}"
