"""What visitors and chatbots say to each other."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_agents.models.chatbots import Chatbot
from ai_agents.models.ledger import Reservation
from ai_agents.models.questions import Question


class ChatbotConversation(models.Model):
    """One visitor with one bot. It is deleted when the bot's days of keeping are over."""

    class Channel(models.TextChoices):
        API = "api", _("API")
        PAGE = "page", _("Embedded page")
        TRIAL = "trial", _("Trial")

    chatbot = models.ForeignKey(Chatbot, on_delete=models.CASCADE, related_name="conversations")
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    session = models.UUIDField(null=True)  # of an embedded page: nobody else continues it
    user_id = models.BigIntegerField(null=True)  # of a trial: users live in public
    # The visitor's network, never the whole address; empty after thirty days at the latest.
    network = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_message_at", "-pk"]
        indexes = [models.Index(fields=["chatbot", "-last_message_at"], name="talk_recent")]

    def __str__(self) -> str:
        return str(self.code)


class ChatbotTurnQuerySet(models.QuerySet["ChatbotTurn"]):
    """Vocabulary of turns."""

    def move(self, pk: int, state: str, **changes: object) -> bool:
        """From an unfinished state to another one; False when it is finished already."""
        return (
            self.filter(pk=pk, state__in=ChatbotTurn.UNFINISHED).update(state=state, **changes) > 0
        )


class ChatbotTurn(models.Model):
    """A visitor's message and the answer to it: a job until it is answered."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being answered")
        DONE = "done", _("Answered")
        FAILED = "failed", _("Not answered")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    conversation = models.ForeignKey(
        ChatbotConversation, on_delete=models.CASCADE, related_name="turns"
    )
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="+")
    month = models.CharField(max_length=7, blank=True)  # of the bot's quota; "": a trial
    message = models.TextField(max_length=1_000)
    context = models.TextField(max_length=500, blank=True)  # what the embedding program adds
    is_gentle = models.BooleanField(null=True)  # None: nobody has judged it, so it stays masked
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    problem = models.CharField(max_length=16, choices=Question.Problem.choices, blank=True)
    answer = models.TextField(blank=True)
    sources = models.JSONField(default=list)  # document, filename, page, passage number
    dropped = models.PositiveSmallIntegerField(default=0)  # sentences and links taken out
    tokens = models.PositiveIntegerField(default=0)
    provider = models.CharField(max_length=80, blank=True)  # deployment: azure:blue
    model = models.CharField(max_length=80, blank=True)
    cost = models.DecimalField(max_digits=20, decimal_places=12, null=True)  # US dollars
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = ChatbotTurnQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            # Two messages at once would each be answered without the other.
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state__in=("queued", "running")),
                name="chatbot_turn_alone",
            )
        ]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in self.UNFINISHED
