"""One answer in words, watched while it grows; begun anew elsewhere, once, when it breaks off."""

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from dataclasses import dataclass

from asgiref.sync import async_to_sync, sync_to_async
from pydantic_ai import Agent, RunContext, Tool
from pydantic_ai.exceptions import ModelAPIError
from pydantic_ai.messages import (
    AgentStreamEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from pydantic_ai.models import Model
from pydantic_ai.run import AgentRunResult

from ai_agents.providers.asking import (
    LIMITS,
    Cancelled,
    LookUp,
    NotAnswered,
    reasons,
    tool_of,
)
from ai_agents.providers.chain import Call, open_chain, without_cut

Show = Callable[[str], Awaitable[None]]

TICK = 0.05  # seconds: pieces that come closer together are shown together
LOOKS_EVERY = 0.5  # seconds, for whether the person has stopped it
MOST_CHARACTERS = 40_000  # far more than MAX_OUTPUT tokens: a provider that never ends


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said before, words only: calls of tools and signatures stay in their own run."""

    is_own: bool  # the person's; else the assistant's
    text: str


class _Growing:
    """The words of the answer that is under way."""

    def __init__(self) -> None:
        self.text = ""
        self.is_heard = False

    def begin(self) -> None:
        """Forget what came so far: it was said before a tool was asked, or broke off."""
        self.text = ""

    async def hear(
        self, _context: RunContext[object], events: AsyncIterable[AgentStreamEvent]
    ) -> None:
        """Take the text out of what the run tells."""
        async for event in events:
            match event:
                case PartStartEvent(index=index, part=part):
                    self.is_heard = True
                    if index == 0:
                        self.begin()
                    if isinstance(part, TextPart):
                        self.text += part.content
                case PartDeltaEvent(delta=TextPartDelta(content_delta=piece)):
                    self.text += piece
            if len(self.text) > MOST_CHARACTERS:
                raise NotAnswered("invalid")


def stream(
    call: Call,
    *,
    instructions: str,
    history: Sequence[Turn],
    prompt: str,
    look_up: LookUp,
    show: Show,
    is_wanted: Callable[[], bool],
) -> str:
    """Ask the chain once; the whole answer. Raises NotAnswered or Cancelled.

    `show` gets all that has come so far, at most once a TICK and also while nothing comes, and ""
    when the answer begins anew; what it raises ends the call. `look_up` is the only tool, as in
    `asking.ask`.
    """
    with reasons(call):
        return async_to_sync(_stream)(
            call,
            instructions=instructions,
            history=_messages(history),
            prompt=prompt,
            tools=[tool_of(look_up)],
            show=show,
            is_wanted=is_wanted,
        )


async def _stream(
    call: Call,
    *,
    instructions: str,
    history: list[ModelMessage],
    prompt: str,
    tools: Sequence[Tool[object]],
    show: Show,
    is_wanted: Callable[[], bool],
) -> str:
    growing = _Growing()

    async def answer(model: Model) -> str:
        agent = Agent(model, output_type=str, instructions=instructions, tools=tools, retries=1)
        run = agent.run(
            prompt,
            message_history=history,
            usage_limits=LIMITS,
            event_stream_handler=growing.hear,
        )
        return _whole(await _watched(run, growing, call, show, is_wanted))

    async with open_chain(call) as chain:
        try:
            return await answer(chain)
        except ModelAPIError:
            # Before the first piece the chain hops by itself; after it, this is the only way.
            if not (growing.is_heard and call.cut):
                raise
        growing.begin()
        await show("")
        return await answer(without_cut(chain, call))


def _whole(result: AgentRunResult[str]) -> str:
    """The answer, when the provider said that it was one."""
    if result.response.finish_reason is None:
        raise ModelAPIError("stream", "It ended early.")
    if result.response.finish_reason == "content_filter":
        raise NotAnswered("filtered")
    return result.output


async def _watched(
    run: Awaitable[AgentRunResult[str]],
    growing: _Growing,
    call: Call,
    show: Show,
    is_wanted: Callable[[], bool],
) -> AgentRunResult[str]:
    """The result of `run`, whose words are shown while they come; ends with who wants it."""
    task = asyncio.ensure_future(run)
    shown, looked = "", time.monotonic()
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=TICK)
            is_look_due = time.monotonic() - looked >= LOOKS_EVERY
            if growing.text != shown or (shown and is_look_due):
                shown = growing.text
                await show(shown)
            if not task.done() and is_look_due:
                looked = time.monotonic()
                if call.left <= 0:
                    raise NotAnswered("provider")
                if not await sync_to_async(is_wanted, thread_sensitive=True)():
                    raise Cancelled
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _messages(history: Sequence[Turn]) -> list[ModelMessage]:
    return [
        ModelRequest.user_text_prompt(turn.text)
        if turn.is_own
        else ModelResponse(parts=[TextPart(turn.text)])
        for turn in history
    ]
