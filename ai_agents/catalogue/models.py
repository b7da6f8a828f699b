"""Models, prices and retirement dates as data: no name and no price stands in code."""

from decimal import Decimal

from django.db import models

from accounts.models import Workspace

MILLION = Decimal(1_000_000)


class AIModel(models.Model):
    """A language model of a provider, as its calls name it."""

    class Provider(models.TextChoices):
        GEMINI = "gemini", "Gemini"
        AZURE = "azure", "Azure OpenAI"
        OPENAI = "openai", "OpenAI"
        ANTHROPIC = "anthropic", "Anthropic"
        LOCAL = "local", "Local"

    provider = models.CharField(max_length=12, choices=Provider.choices)
    name = models.CharField(max_length=80)
    retires_on = models.DateField(null=True, blank=True)
    successor = models.CharField(max_length=80, blank=True)  # asked instead from that day on

    class Meta:
        ordering = ["provider", "name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="ai_model_once")]

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


class ModelPrice(models.Model):
    """US dollars for a million tokens, from a day on; the newest that has begun counts."""

    model = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="prices")
    valid_from = models.DateField()
    input = models.DecimalField(max_digits=12, decimal_places=6)
    cached_input = models.DecimalField(max_digits=12, decimal_places=6)
    output = models.DecimalField(max_digits=12, decimal_places=6)  # thinking counts as output
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["model", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="model_price_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_id} from {self.valid_from}"

    def cost(self, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> Decimal:
        """Exact US dollars. `cached_tokens` are part of `input_tokens`, as providers count them."""
        fresh = max(input_tokens - cached_tokens, 0)
        total = fresh * self.input + cached_tokens * self.cached_input + output_tokens * self.output
        return total / MILLION


class CostDay(models.Model):
    """What one workspace's calls to one model cost on one UTC day: for staff, without content."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    provider = models.CharField(max_length=12)
    model = models.CharField(max_length=80)
    agent = models.CharField(max_length=16)
    attempts = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=20, decimal_places=12, default=Decimal(0))

    class Meta:
        ordering = ["-day", "workspace"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "day", "provider", "model", "agent"], name="cost_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.day} {self.model}"


class RecallDay(models.Model):
    """How many answers of a workspace's UTC day were remembered ones: for staff, no content."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    answers = models.PositiveIntegerField(default=0)  # that may be remembered, remembered or asked
    recalled = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "workspace"]
        constraints = [models.UniqueConstraint(fields=["workspace", "day"], name="recall_day_once")]

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.day} {self.recalled}/{self.answers}"
