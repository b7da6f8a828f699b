"""What a person and the assistant said to each other; each answer grows in its row."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_agents.models.ledger import Agent, Reservation
from ai_agents.models.questions import Question


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Vocabulary of conversations."""

    def of(self, user_id: int) -> "ConversationQuerySet":
        """The person's own: nobody else reads them, whatever their role."""
        return self.filter(user_id=user_id)


class Conversation(models.Model):
    """One person's talk with the assistant."""

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user_id = models.BigIntegerField()  # users live in public
    title = models.CharField(max_length=80)  # the beginning of the first message
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField()

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user_id", "-last_message_at"], name="conversation_recent")]

    def __str__(self) -> str:
        return str(self.code)


class MessageQuerySet(models.QuerySet["Message"]):
    """Vocabulary of messages."""

    def move(self, pk: int, state: str, **changes: object) -> bool:
        """From an unfinished state to another one; False when it is finished already."""
        return self.filter(pk=pk, state__in=Message.UNFINISHED).update(state=state, **changes) == 1


class Message(models.Model):
    """One turn: what the person wrote, or an answer, which is a job until it is finished."""

    class Role(models.TextChoices):
        USER = "user", _("You")
        ASSISTANT = "assistant", _("Assistant")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        STREAMING = "streaming", _("Writing")
        DONE = "done", _("Answered")
        FAILED = "failed", _("Not answered")
        CANCELLED = "cancelled", _("Stopped")

    UNFINISHED = (State.PENDING, State.STREAMING)

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=10, choices=Role.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    text = models.TextField(blank=True)  # of an unfinished answer: so far, and not checked yet
    language = models.CharField(max_length=2)  # of the answer
    agent = models.CharField(max_length=16, choices=Agent.choices, blank=True)
    reservation = models.OneToOneField(
        Reservation, on_delete=models.PROTECT, null=True, related_name="+"
    )
    is_unwanted = models.BooleanField(default=False)  # the person pressed Stop
    problem = models.CharField(max_length=16, choices=Question.Problem.choices, blank=True)
    resets_at = models.DateTimeField(null=True)  # of the limit that was reached
    figures = models.JSONField(default=list)  # those that the answer writes
    dropped = models.PositiveSmallIntegerField(default=0)  # sentences, links, harsh passages
    provider = models.CharField(max_length=80, blank=True)  # deployment: azure:blue
    model = models.CharField(max_length=80, blank=True)
    cost = models.DecimalField(max_digits=20, decimal_places=12, null=True)  # US dollars
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["conversation", "id"], name="message_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state__in=("pending", "streaming")),
                name="message_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in self.UNFINISHED
