"""A live chat that Aura listens to, or listened to."""

from django.db import models

from integrations.models.social_accounts import SocialAccount


class LiveChatQuerySet(models.QuerySet["LiveChat"]):
    """Vocabulary of live chats."""

    def open(self) -> "LiveChatQuerySet":
        """On air, as far as Aura knows."""
        return self.filter(ended_at=None)


class LiveChat(models.Model):
    """One broadcast's chat: how far it was heard, when Aura asks again, what that has cost."""

    account = models.ForeignKey(SocialAccount, on_delete=models.CASCADE, related_name="live_chats")
    chat_id = models.CharField(max_length=200)
    post_external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)  # outside text, never trusted
    cursor = models.TextField(blank=True)
    messages = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)  # of the platform's daily allowance
    wait_seconds = models.FloatField(default=0)  # the last pause between two questions
    reason = models.CharField(max_length=300, blank=True)  # English msgid: why it is not heard
    began_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = LiveChatQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(fields=["account", "chat_id"], name="live_chat_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.post_external_id}"
