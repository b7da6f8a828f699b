"""Turns an entry into a model that can be asked. Heavy imports: for the llm worker, on first use.

The SDKs' own retries are off: a chain that hops must not wait behind them (ai.md 18).
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from anthropic import AsyncAnthropic
from django.conf import settings
from google.genai import Client
from google.genai.types import HttpOptions, HttpRetryOptions
from openai import AsyncAzureOpenAI, AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.azure import AzureProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider

from ai_agents.catalogue.models import AIModel
from ai_agents.providers.entries import Entry
from ai_agents.queries.prices import model_named

logger = logging.getLogger(__name__)

# A stream that just ends was cut. A local server may not know the word.
ENDS_BY_WORD = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)

Close = Callable[[], Awaitable[None]]


def patience_with(entry: Entry) -> float:
    """Seconds one attempt there may take, and a stream may be silent."""
    limit = settings.AI_LOCAL_DEADLINE_SECONDS if entry.is_local else settings.AI_ATTEMPT_SECONDS
    return float(limit)


def current(entry: Entry) -> Entry:
    """The entry, with the successor of a model that has retired (and a word in the log)."""
    row: AIModel | None = model_named(entry.provider, entry.model)
    today = datetime.now(UTC).date()
    if row is None or row.retires_on is None or not row.successor:
        return entry
    if row.retires_on <= today:
        logger.error("%s retired on %s: asking %s", entry.model, row.retires_on, row.successor)
        return replace(entry, model=row.successor)
    if row.retires_on - today <= timedelta(days=settings.AI_RETIREMENT_WARNING_DAYS):
        logger.warning("%s retires on %s", entry.model, row.retires_on)
    return entry


def build(entry: Entry) -> tuple[Model, Close]:
    """A client for a ready entry and what closes it; bound to the event loop of one run."""
    seconds = patience_with(entry)
    match entry.provider:
        case "gemini":
            options = HttpOptions(
                base_url=entry.endpoint or None,
                timeout=int(seconds * 1000),
                retry_options=HttpRetryOptions(attempts=1),
            )
            client = Client(api_key=entry.key, http_options=options)
            model: Model = GoogleModel(entry.model, provider=GoogleProvider(client=client))
            return model, client.aio.aclose
        case "azure":
            azure = AsyncAzureOpenAI(
                azure_endpoint=entry.endpoint,
                api_version=entry.api_version,
                api_key=entry.key,
                max_retries=0,
                timeout=seconds,
            )
            model = OpenAIChatModel(
                entry.model, provider=AzureProvider(openai_client=azure), profile=ENDS_BY_WORD
            )
            return model, azure.close
        case "anthropic":
            anthropic = AsyncAnthropic(
                api_key=entry.key,
                base_url=entry.endpoint or None,
                max_retries=0,
                timeout=seconds,
            )
            provider = AnthropicProvider(anthropic_client=anthropic)
            return AnthropicModel(entry.model, provider=provider), anthropic.close
        case _:
            openai = AsyncOpenAI(
                api_key=entry.key,
                base_url=entry.endpoint or None,
                max_retries=0,
                timeout=seconds,
            )
            model = OpenAIChatModel(
                entry.model,
                provider=OpenAIProvider(openai_client=openai),
                profile=None if entry.is_local else ENDS_BY_WORD,
            )
            return model, openai.close
