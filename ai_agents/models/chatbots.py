"""Chatbots that a workspace offers to visitors, the keys to them, and what they may quote."""

import uuid
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Chatbot(models.Model):
    """An assistant for visitors. Its prompt is its owner's words, never a rule of ours."""

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # public, no secret
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=300, blank=True)
    system_prompt = models.TextField(max_length=4_000, blank=True)
    deployment = models.CharField(max_length=93, blank=True)  # provider:model; "": the chain's own
    temperature = models.DecimalField(
        max_digits=2,
        decimal_places=1,
        default=Decimal("0.7"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    max_tokens = models.PositiveIntegerField(default=500)
    month_limit = models.PositiveIntegerField(default=100)  # answers to visitors a month
    origins = models.JSONField(default=list)  # where it may be embedded: https://agency.example
    keep_days = models.PositiveSmallIntegerField(default=30)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(temperature__gte=0, temperature__lte=1), name="chatbot_temperature"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ChatbotKey(models.Model):
    """Opens one chatbot to a program. A bot has at most one usable key."""

    chatbot = models.ForeignKey(Chatbot, on_delete=models.CASCADE, related_name="keys")
    key_hash = models.CharField(max_length=64, unique=True)  # SHA-256; the key itself is not kept
    hint = models.CharField(max_length=4)  # its last signs, to tell it from another
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chatbot"], condition=Q(revoked_at=None), name="chatbot_key_once"
            )
        ]

    def __str__(self) -> str:
        return f"…{self.hint}"


class ChatbotMonthQuerySet(models.QuerySet["ChatbotMonth"]):
    """The two moves of a bot's own quota, each one conditional statement."""

    def take(self, chatbot: Chatbot, month: str) -> bool:
        """Count one request if the limit allows it; concurrent takers queue at the row."""
        row, _is_new = self.get_or_create(chatbot=chatbot, month=month)
        fits = self.filter(pk=row.pk, requests__lt=chatbot.month_limit)
        return fits.update(requests=F("requests") + 1) == 1

    def spend(self, chatbot_id: int, month: str, *, tokens: int, cost: Decimal) -> None:
        """Book what answering took, answered or not."""
        self.filter(chatbot_id=chatbot_id, month=month).update(
            tokens=F("tokens") + tokens, cost=F("cost") + cost
        )

    def give_back(self, chatbot_id: int, month: str) -> None:
        """What was not answered does not count."""
        self.filter(chatbot_id=chatbot_id, month=month, requests__gt=0).update(
            requests=F("requests") - 1
        )


class ChatbotMonth(models.Model):
    """What visitors asked a bot in one month, and what that cost; it outlives the words."""

    chatbot = models.ForeignKey(Chatbot, on_delete=models.CASCADE, related_name="months")
    month = models.CharField(max_length=7)  # UTC YYYY-MM
    requests = models.PositiveIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=20, decimal_places=12, default=Decimal(0))  # US dollars

    objects = ChatbotMonthQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chatbot", "month"], name="chatbot_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.requests}"


class ChatbotDocument(models.Model):
    """A file that a bot may quote; the bytes go as soon as its passages are there."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        MARKDOWN = "markdown", "Markdown"
        TEXT = "text", _("Text")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be read")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Not read")

    class Problem(models.TextChoices):
        EMPTY = "empty", _("It holds no text. A scanned PDF has to go through OCR first.")
        LOCKED = "locked", _("It is locked with a password. Save it without one, upload it again.")
        DAMAGED = "damaged", _("It is damaged. Open it, save it anew, upload it again.")
        PAGES = "pages", _("It has too many pages. Split it and upload the parts you need.")
        LONG = "long", _("It holds too much text. Split it and upload the parts you need.")
        HEAVY = "heavy", _("Reading it takes too much memory or time. Print it to a new PDF.")
        FULL = "full", _("This chatbot holds as much text as it can. Delete a document first.")

    chatbot = models.ForeignKey(Chatbot, on_delete=models.CASCADE, related_name="documents")
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    filename = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes
    content = models.BinaryField(null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    problem = models.CharField(max_length=8, choices=Problem.choices, blank=True)
    pages = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["chatbot", "digest"], name="chatbot_document_once")
        ]

    def __str__(self) -> str:
        return str(self.code)


class ChatbotPassage(models.Model):
    """A piece of a document, small enough to be quoted whole."""

    document = models.ForeignKey(ChatbotDocument, on_delete=models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField()  # in the document, from 1
    page = models.PositiveIntegerField(null=True)
    text = models.TextField()
    vector = models.BinaryField()
    embedder = models.CharField(max_length=40)  # whose vector it is

    class Meta:
        ordering = ["document", "number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="chatbot_passage_once")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.number}"
