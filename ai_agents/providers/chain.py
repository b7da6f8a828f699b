"""One model made of many: each entry is guarded, the next is asked when one does not answer."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelAPIError, ModelRequestTimeout
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from ai_agents.catalogue.models import ModelPrice
from ai_agents.models import Reservation, Usage
from ai_agents.providers import breaker
from ai_agents.providers.building import build, current, patience_with
from ai_agents.providers.entries import Entry, read_entries
from ai_agents.providers.errors import NotAsked, failure_of, hops
from ai_agents.queries.prices import price_of
from ai_agents.services import ledger

logger = logging.getLogger(__name__)

MAX_OUTPUT = 2048  # tokens, thinking included, unless the agent asks for another bound
LEAST_SECONDS = 1.0
BYTES_PER_TOKEN_GUESS = 4  # for an interrupted stream that never told its count
Outcome = Usage.Outcome


class NoProvider(Exception):
    """Nothing in the chain may be asked: no key is set, or only ones this text may not go to."""


@dataclass
class Call:
    """One thing a person asked, through all attempts; `has_comments`: it holds others' words.

    `chain`: whom to ask instead of settings.AI_PROVIDER_CHAIN, written the same way.
    """

    reservation: Reservation
    seconds: float
    has_comments: bool = False
    chain: str = ""
    temperature: float | None = None  # None: the model's own
    max_output: int = 0  # tokens; 0: MAX_OUTPUT
    cut: set[str] = field(default_factory=set)  # deployments whose stream broke off
    attempts: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.seconds - (time.monotonic() - self.started)


@asynccontextmanager
async def open_chain(call: Call) -> AsyncGenerator[FallbackModel]:
    """The chain for one call, with connections that end with it.

    Raises NoProvider, and ledger.Stopped when a person has stopped the agents.
    """
    entries = await sync_to_async(entries_for, thread_sensitive=True)(call)
    async with AsyncExitStack() as stack:
        models = []
        for entry in entries:
            model, close = build(entry)
            stack.push_async_callback(close)
            models.append(Guarded(model, entry, call))
        yield FallbackModel(models[0], *models[1:], fallback_on=hops)


def without_cut(chain: FallbackModel, call: Call) -> FallbackModel:
    """The open chain without those whose stream broke off. Raises NoProvider."""
    guarded = [one for one in chain.models if isinstance(one, Guarded)]
    left = [one for one in guarded if one.entry.deployment not in call.cut]
    if not left:
        raise NoProvider
    return FallbackModel(left[0], *left[1:], fallback_on=hops)


def entries_for(call: Call) -> list[Entry]:
    """Whom to ask, in order. Raises NoProvider or ledger.Stopped."""
    preference = ledger.standing_preference()
    entries = [
        current(entry)
        for entry in read_entries(call.chain or None)
        if entry.state == "ready"
        and (entry.is_local or not call.has_comments or preference.sends_comments)
    ]
    if not entries:
        raise NoProvider
    return entries


class Guarded(WrapperModel):
    """One provider: asked only when it may be, watched while it answers, its answer booked."""

    def __init__(self, wrapped: Model, entry: Entry, call: Call) -> None:
        super().__init__(wrapped)
        self.entry = entry
        self.call = call
        self.price: ModelPrice
        self.size: int

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """One answer. Raises what the provider raised; NotAsked when it was skipped."""
        bounded = await self._admit(messages, model_settings, model_request_parameters)
        started = time.monotonic()
        seconds = min(self.call.left, patience_with(self.entry))
        try:
            async with asyncio.timeout(seconds):
                response = await super().request(messages, bounded, model_request_parameters)
        except TimeoutError as error:
            late = ModelRequestTimeout(self.entry.model, round(seconds, 1))
            await _in_thread(self._blame, late)
            raise late from error
        except Exception as error:
            await _in_thread(self._blame, error)
            raise
        await _in_thread(self._book, response, started, _outcome(response))
        return response

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """An answer in pieces; booked at its end, also when it is cut or given up."""
        bounded = await self._admit(messages, model_settings, model_request_parameters)
        started = time.monotonic()
        stream: StreamedResponse | None = None
        try:
            async with super().request_stream(
                messages, bounded, model_request_parameters, run_context
            ) as stream:
                yield stream
        except BaseException as error:
            if stream is not None and stream.get().parts:
                await _in_thread(self._book, stream.get(), started, Outcome.INTERRUPTED)
            if isinstance(error, Exception):
                if failure_of(error) is not None:
                    self.call.cut.add(self.entry.deployment)
                await _in_thread(self._blame, error)
            raise
        response = stream.get()
        if response.finish_reason is not None:
            await _in_thread(self._book, response, started, _outcome(response))
            return
        # The connection ended, the answer did not: what came was paid, and more does not come.
        self.call.cut.add(self.entry.deployment)
        await _in_thread(self._book, response, started, Outcome.INTERRUPTED)
        await _in_thread(self._blame, ModelAPIError(self.entry.model, "The stream ended early."))

    async def _admit(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        parameters: ModelRequestParameters,
    ) -> ModelSettings:
        """The settings to ask with. Raises NotAsked, or what ends the chain (ledger.Refused)."""
        most = self.call.max_output or MAX_OUTPUT
        bounded: ModelSettings = {"max_tokens": most, **(model_settings or {})}
        if self.call.temperature is not None:
            bounded["temperature"] = self.call.temperature
        if self.call.left < LEAST_SECONDS:
            raise NotAsked(self.entry.model, "No time is left.")
        # No text has more tokens than bytes, so this bound holds for every tokeniser.
        self.size = len(ModelMessagesTypeAdapter.dump_json(messages)) + len(repr(parameters))
        await _in_thread(self._cover, self.size, bounded["max_tokens"])
        return bounded

    def _cover(self, input_tokens: int, output_tokens: int) -> None:
        if not breaker.may_ask(self.entry.deployment):
            raise NotAsked(self.entry.model, f"{self.entry.deployment} did not answer lately.")
        price = price_of(self.entry.provider, self.entry.model)
        if price is None:
            logger.error("%s has no price and is not asked", self.entry.deployment)
            raise NotAsked(self.entry.model, f"{self.entry.deployment} has no price.")
        self.price = price
        worst = price.cost(input_tokens=input_tokens, cached_tokens=0, output_tokens=output_tokens)
        ledger.cover(self.call.reservation, amount=worst)
        self.call.attempts += 1

    def _blame(self, error: Exception) -> None:
        failure = failure_of(error)
        if failure is not None and failure.fault != "ours":
            breaker.failed(
                self.entry.deployment,
                reason=failure.reason,
                wait=failure.wait,
                long=failure.fault == "long",
            )

    def _book(self, response: ModelResponse, started: float, outcome: str) -> None:
        if outcome != Outcome.INTERRUPTED:  # a stream that breaks off every time is a failure
            breaker.succeeded(self.entry.deployment)
        try:
            ledger.record(self._usage(response, started, outcome))
        except Exception:  # what a person asked is answered; staff see the gap in the log
            logger.exception("an answer of %s could not be booked", self.entry.deployment)

    def _usage(self, response: ModelResponse, started: float, outcome: str) -> Usage:
        used: RequestUsage = response.usage
        named = response.model_name or self.entry.model
        is_as_asked = named == self.entry.model
        price = self.price if is_as_asked else price_of(self.entry.provider, named)
        counts = (used.input_tokens, used.cache_read_tokens, used.output_tokens)
        is_counted = any(counts)
        if not is_counted:
            written = sum(len(getattr(part, "content", "") or "") for part in response.parts)
            read = self.size // BYTES_PER_TOKEN_GUESS
            counts = (read, 0, written // BYTES_PER_TOKEN_GUESS)
        if price is None:
            logger.error("%s answered as %s, which has no price", self.entry.deployment, named)
        cost = (price or self.price).cost(
            input_tokens=counts[0], cached_tokens=counts[1], output_tokens=counts[2]
        )
        return Usage(
            reservation=self.call.reservation,
            attempt=self.call.attempts,
            provider=self.entry.provider,
            deployment=self.entry.deployment,
            model=named,
            input_tokens=counts[0],
            cached_tokens=counts[1],
            output_tokens=counts[2],
            cost=cost,
            is_estimated=price is None or not is_counted,
            outcome=outcome,
            latency_ms=int((time.monotonic() - started) * 1000),
        )


def _outcome(response: ModelResponse) -> str:
    return Outcome.FILTERED if response.finish_reason == "content_filter" else Outcome.OK


async def _in_thread(work: Any, *arguments: Any) -> None:
    """Database work of the run, in the one thread that holds its connection and workspace."""
    await sync_to_async(work, thread_sensitive=True)(*arguments)
