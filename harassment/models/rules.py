"""Rules that people build, what each version of them found, and what they put on comments."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models import Comment, ModerationAction


class RuleQuerySet(models.QuerySet["Rule"]):
    """Vocabulary of rules."""

    def watching(self) -> "RuleQuerySet":
        """Those that look at new comments, whether they act or only write down."""
        return self.filter(Q(live__isnull=False) | Q(is_shadowing=True))


class Rule(models.Model):
    """One rule. Its newest version watches in shadow until a person turns that version on."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    current = models.OneToOneField(
        "RuleVersion", on_delete=models.SET_NULL, null=True, related_name="newest_of"
    )
    # The version that acts. It goes on while a newer one is tried in shadow.
    live = models.OneToOneField(
        "RuleVersion", on_delete=models.SET_NULL, null=True, related_name="live_of"
    )
    is_shadowing = models.BooleanField(default=True)  # whether `current` writes down what it finds
    shadow_since = models.DateTimeField(null=True)
    live_since = models.DateTimeField(null=True)
    live_by_label = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """ "live", "both" (one version acts, a newer one is tried), "shadow" or "off"."""
        if self.live_id is not None:
            return "both" if self.is_shadowing and self.live_id != self.current_id else "live"
        return "shadow" if self.is_shadowing else "off"


class RuleVersion(models.Model):
    """What a rule asked and did at one time: never changed, so that it can be compared."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()  # 1.. within the rule
    conditions = models.JSONField()  # harassment.rules.stored
    actions = models.JSONField()  # harassment.rules.clean_actions
    note = models.CharField(max_length=200, blank=True)  # why, in the words of who changed it
    made_by_id = models.BigIntegerField(null=True)  # users live in public
    made_by_label = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"


class RuleHitQuerySet(models.QuerySet["RuleHit"]):
    """Vocabulary of what rules found."""

    def visible_to(self, membership: Membership) -> "RuleHitQuerySet":
        """Those on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(comment__account__owner_id=membership.confined_to)
        return self.all()

    def of_present_wording(self) -> "RuleHitQuerySet":
        """Of the wording that the comment has now."""
        return self.filter(text_hash=F("comment__text_hash"))


class RuleHit(models.Model):
    """One version fitted one wording of a comment: in shadow that is all that happened."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="hits")
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="rule_hits")
    text_hash = models.CharField(max_length=64)
    is_shadow = models.BooleanField()
    # {action: "done", "already" or "impossible"}; empty in shadow
    outcomes = models.JSONField(default=dict)
    action = models.ForeignKey(
        ModerationAction, on_delete=models.SET_NULL, null=True, related_name="rule_hits"
    )
    at = models.DateTimeField(auto_now_add=True)

    objects = RuleHitQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "comment", "text_hash", "is_shadow"], name="rule_hit_once"
            )
        ]
        indexes = [models.Index(fields=["version", "-at"], name="rule_hit_recent")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.comment_id}"


class CommentLabel(models.Model):
    """A word that a rule put on a comment, or its wish that a person looks; removable."""

    REVIEW = ""  # the name of that wish

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=40, blank=True)
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, related_name="labels")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)
    removed_by_label = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["comment", "name"], name="label_once")]
        indexes = [
            models.Index(fields=["name", "comment"], condition=Q(removed_at=None), name="label_on")
        ]

    def __str__(self) -> str:
        return self.name or "review"


class LexiconChange(models.Model):
    """One step of a workspace's own word lists: all of them in order are their present state."""

    class Step(models.TextChoices):
        ADDED = "added", _("Added")
        REMOVED = "removed", _("Removed")

    language = models.CharField(max_length=2)
    category = models.CharField(max_length=16)
    word = models.CharField(max_length=60)
    step = models.CharField(max_length=7, choices=Step.choices)
    made_by_id = models.BigIntegerField(null=True)
    made_by_label = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.step} {self.language}:{self.category}"
