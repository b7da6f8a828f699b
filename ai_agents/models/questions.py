"""What a person asked the agents, and what came of it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_agents.models.ledger import Agent, Reservation
from integrations.models import Post


class QuestionQuerySet(models.QuerySet["Question"]):
    """Vocabulary of questions."""

    def of(self, user_id: int) -> "QuestionQuerySet":
        """The person's own: nobody else reads them, whatever their role."""
        return self.filter(user_id=user_id)

    def move(self, pk: int, state: str, **changes: object) -> bool:
        """From an unfinished state to another one; False when it is finished already."""
        return self.filter(pk=pk, state__in=Question.UNFINISHED).update(state=state, **changes) == 1


class Question(models.Model):
    """One thing asked: a job until it is answered, then an entry of the person's history."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being answered")
        DONE = "done", _("Answered")
        FAILED = "failed", _("Not answered")
        CANCELLED = "cancelled", _("Cancelled")

    class Problem(models.TextChoices):
        NO_PROVIDER = "no_provider", _("No language model is set up.")
        COMMENTS_STAY = "comments_stay", _("Messages of others may not leave this server.")
        STOPPED = "stopped", _("All agents are stopped.")
        REFUSED = "refused", _("A limit was reached.")
        PROVIDER = "provider", _("No provider answered.")
        FILTERED = "filtered", _("The provider refused to answer this.")
        INVALID = "invalid", _("The answer could not be used.")
        UNVERIFIED = "unverified", _("Nothing of the answer could be verified.")
        LEAKED = "leaked", _("The answer was thrown away: it was not an answer to you.")
        UNREVIEWED = "unreviewed", _("The drafts could not be checked for harshness.")
        INTERRUPTED = "interrupted", _("Aura was restarted meanwhile.")
        GONE = "gone", _("You or the video are no longer here.")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user_id = models.BigIntegerField()
    agent = models.CharField(max_length=16, choices=Agent.choices)
    operation = models.CharField(max_length=16, blank=True)  # "": the coordinator asks a model
    language = models.CharField(max_length=2)  # of the answer
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    inputs = models.JSONField(default=dict)  # the form as it was sent
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    problem = models.CharField(max_length=16, choices=Problem.choices, blank=True)
    resets_at = models.DateTimeField(null=True)  # of the limit that was reached
    answer = models.JSONField(default=list)  # passages: title, text, tags, refs
    figures = models.JSONField(default=list)  # what was looked up for it
    dropped = models.PositiveSmallIntegerField(default=0)  # sentences, links, unfit parts
    provider = models.CharField(max_length=80, blank=True)  # deployment: azure:blue
    model = models.CharField(max_length=80, blank=True)
    cost = models.DecimalField(max_digits=20, decimal_places=12, null=True)  # US dollars
    memory_key = models.CharField(max_length=64, blank=True)  # where its answer may be remembered
    recalled_at = models.DateTimeField(null=True)  # of when the answer is, if it was remembered
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user_id", "-created_at"], name="question_recent")]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in self.UNFINISHED
