"""What was heard: posts and comments, with every version seen."""

import uuid
from collections.abc import Sequence

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from integrations.models.search import COMMENT_WORDS, is_unspaced, words_query
from integrations.models.social_accounts import SocialAccount

_ALL = 2_147_483_647  # rows: more than there can be


class PostQuerySet(models.QuerySet["Post"]):
    """Vocabulary of posts."""

    def visible_to(self, membership: Membership) -> "PostQuerySet":
        """Those of accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()


class Post(models.Model):
    """A video or picture of a connected account."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="posts")
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    thumbnail_url = models.CharField(max_length=1000, blank=True)
    published_at = models.DateTimeField(null=True)
    view_count = models.BigIntegerField(null=True)
    like_count = models.BigIntegerField(null=True)
    comment_count = models.BigIntegerField(null=True)
    has_comments_disabled = models.BooleanField(default=False)
    seen_at = models.DateTimeField(auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="post_once")]
        indexes = [models.Index(fields=["account", "-published_at"], name="post_recent")]

    def __str__(self) -> str:
        return self.title or self.external_id


class CommentQuerySet(models.QuerySet["Comment"]):
    """Vocabulary of comments."""

    def visible_to(self, membership: Membership) -> "CommentQuerySet":
        """Those on accounts that the person may see."""
        if membership.confined_to is not None:
            return self.filter(account__owner_id=membership.confined_to)
        return self.all()

    def saying(self, asked: Sequence[str]) -> "CommentQuerySet":
        """Those whose words, handle or name fit any of the spellings of a question.

        By index, see `words_query`; only a question in a script without blanks reads the texts.
        """
        fits = words_query(asked) or models.Q(pk__in=[])
        for spelled in filter(is_unspaced, asked):
            fits |= models.Q(text__icontains=spelled) | models.Q(author_name__icontains=spelled)
        found = Comment.objects.alias(words=COMMENT_WORDS).filter(fits)
        # The limit is a fence: before it the index is asked. Without one the planner may walk by
        # time and work out the words of each row again, which takes seconds.
        return self.filter(pk__in=found.values("pk")[:_ALL])


class Comment(models.Model):
    """What somebody wrote under a post, as last seen; earlier wordings are CommentRevisions."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Public")
        HELD = "held", _("Held for review")
        SPAM = "spam", _("Likely spam")
        REJECTED = "rejected", _("Rejected")
        DELETED = "deleted", _("Deleted")
        PRIVATE = "private", _("Private message")

    class Source(models.TextChoices):
        API = "api", _("Platform")
        IMPORT = "import", _("Import")
        CAPTURE = "capture", _("Captured by hand")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="comments")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="comments")
    external_id = models.CharField(max_length=200)
    parent_external_id = models.CharField(max_length=200, blank=True)
    author_external_id = models.CharField(max_length=200)
    author_handle = models.CharField(max_length=200, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)  # what the author wrote; outside text, never trusted
    is_cut = models.BooleanField(default=False)  # longer than settings.COMMENT_MAX_CHARACTERS
    text_norm = models.TextField(blank=True)  # normalised by the scoring job, for search
    text_hash = models.CharField(max_length=64)  # SHA-256 of the whole text as received, UTF-8
    published_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    like_count = models.PositiveIntegerField(default=0)
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    remote_state_at = models.DateTimeField()  # when the platform last told us its visibility
    is_own = models.BooleanField(default=False)  # written by the account itself
    permalink = models.CharField(max_length=1000, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.API)
    raw = models.JSONField(default=dict)  # first payload seen
    first_seen_at = models.DateTimeField(auto_now_add=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "external_id"], name="comment_once")
        ]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="comment_recent"),
            models.Index(
                fields=["account", "author_external_id", "-published_at"], name="comment_author"
            ),
            models.Index(fields=["post", "-published_at"], name="comment_post"),
            models.Index(fields=["account", "parent_external_id"], name="comment_thread"),
            # The inbox counts and lists the few that wait out of sight.
            models.Index(
                fields=["-published_at", "-id"],
                condition=models.Q(visibility__in=["held", "spam"]),
                name="comment_held",
            ),
            GinIndex(COMMENT_WORDS, name="comment_words"),
        ]

    def __str__(self) -> str:
        return str(self.code)


class CommentRevision(models.Model):
    """A wording that was seen earlier and has been edited since."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="revisions")
    text = models.TextField(blank=True)
    text_hash = models.CharField(max_length=64)
    seen_until = models.DateTimeField()

    class Meta:
        ordering = ["-seen_until"]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.seen_until:%Y-%m-%d %H:%M}"


class CommentOrigin(models.Model):
    """How a comment was known before its platform told of it: as a file or a person had it."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="origins")
    source = models.CharField(max_length=8, choices=Comment.Source.choices)
    external_id = models.CharField(max_length=200)
    author_external_id = models.CharField(max_length=200)
    author_handle = models.CharField(max_length=200, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    post_url = models.CharField(max_length=1000, blank=True)
    published_at = models.DateTimeField()
    raw = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(auto_now_add=True)  # when the platform told of it

    class Meta:
        ordering = ["confirmed_at"]
        indexes = [models.Index(fields=["external_id"], name="origin_by_id")]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.source}"
