"""One question to the chain: a closed answer comes back, or the word for why not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, TypeVar

from asgiref.sync import async_to_sync, sync_to_async
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, PromptedOutput, RunContext, Tool
from pydantic_ai.exceptions import (
    ContentFilterError,
    FallbackExceptionGroup,
    ModelAPIError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)
from pydantic_ai.usage import UsageLimits

from ai_agents.providers.chain import Call, NoProvider, open_chain
from ai_agents.providers.entries import read_entries
from ai_agents.services import ledger

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)
LookUp = Callable[[int], list[dict[str, Any]]]

LIMITS = UsageLimits(request_limit=6, tool_calls_limit=8)
LOOKS_EVERY = 1.0  # seconds, for whether the person has cancelled


class NotAnswered(Exception):
    """No answer; `problem` is a value of Question.Problem, `resets_at` a limit's end."""

    def __init__(self, problem: str, resets_at: datetime | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.resets_at = resets_at


class Cancelled(Exception):
    """The person does not want the answer any more."""


def ask(
    call: Call,
    *,
    instructions: str,
    prompt: str,
    schema: type[T],
    is_wanted: Callable[[], bool],
    complain: Callable[[T], str] | None = None,
    look_up: LookUp | None = None,
) -> T:
    """Ask the chain once. Raises NotAnswered or Cancelled.

    `complain` may send the first answer back. `look_up` is the only tool there is: it takes a
    period and nothing else, and answers for the person and workspace it was made for.
    """
    with reasons(call):
        return async_to_sync(_ask)(
            call,
            instructions=instructions,
            prompt=prompt,
            schema=schema,
            is_wanted=is_wanted,
            complain=complain,
            tools=[] if look_up is None else [tool_of(look_up)],
        )


@contextmanager
def reasons(call: Call) -> Iterator[None]:
    """What keeps an answer from coming becomes NotAnswered with the word for it."""
    try:
        yield
    except ledger.Refused as refused:
        raise NotAnswered("refused", refused.resets_at) from refused
    except (ContentFilterError, UnexpectedModelBehavior, UsageLimitExceeded) as error:
        # The text of such an error may hold the model's words; its type does not.
        logger.warning("an answer was unusable: %s", type(error).__name__)
        is_filter = isinstance(error, ContentFilterError)
        raise NotAnswered("filtered" if is_filter else "invalid") from error
    except (FallbackExceptionGroup, ModelAPIError, ledger.TooLate) as error:
        raise NotAnswered("provider") from error
    except ledger.Stopped as error:
        raise NotAnswered("stopped") from error
    except NoProvider as error:
        is_any_ready = any(entry.state == "ready" for entry in read_entries())
        if call.cut:
            raise NotAnswered("provider") from error
        kept_here = call.has_comments and is_any_ready
        raise NotAnswered("comments_stay" if kept_here else "no_provider") from error


async def _ask(
    call: Call,
    *,
    instructions: str,
    prompt: str,
    schema: type[T],
    is_wanted: Callable[[], bool],
    complain: Callable[[T], str] | None,
    tools: Sequence[Tool[object]],
) -> T:
    async with open_chain(call) as model:
        agent = Agent(
            model,
            output_type=PromptedOutput(schema),
            instructions=instructions,
            tools=tools,
            retries=1,
        )
        if complain is not None:

            @agent.output_validator
            def look_over(context: RunContext[object], answer: T) -> T:
                if context.retry == 0 and (lack := complain(answer)):
                    raise ModelRetry(lack)
                return answer

        result = await _unless_cancelled(agent.run(prompt, usage_limits=LIMITS), is_wanted)
        answer: T = result.output
        return answer


async def _unless_cancelled(work: Awaitable[Any], is_wanted: Callable[[], bool]) -> Any:
    """The result of `work`, which ends when nobody wants it any more."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOKS_EVERY)
            if not task.done() and not await sync_to_async(is_wanted, thread_sensitive=True)():
                raise Cancelled
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def tool_of(look_up: LookUp) -> Tool[object]:
    """The tool as a model sees it."""

    async def recent_figures(days: Literal[7, 28, 90]) -> list[dict[str, Any]]:
        """The figures of the accounts in the last days."""
        return await sync_to_async(look_up, thread_sensitive=True)(days)

    return Tool(recent_figures, takes_ctx=False)
