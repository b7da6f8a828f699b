"""What a platform adds to the sandbox: a table of functions, one per thing that differs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.faults import Rule
from integrations.sandbox.spoil import Changes
from integrations.sandbox.world import Comment, Mint

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory


@dataclass(frozen=True, slots=True)
class Dialect:
    """One platform. `wallet` makes its store of tokens, with `expire`, `grants_of` and `end`, and
    with `saved` and `restore` if tokens shall survive a restart.

    `refusal` answers a fault in the platform's own words (None: the plain answer of the gate),
    `spoil` ends the token of the call, `changes` are the faults done to a finished JSON answer,
    `push` is a signed delivery about a comment: its headers and its bytes. `announce` tells a new
    comment to whoever listens over a socket.
    """

    kind: str
    prefix: str
    mint: Mint
    wallet: Callable[["Memory"], Any]
    routes: Callable[["Memory"], list[BaseRoute]]
    refusal: Callable[["Memory", Rule, Scope], Response | None]
    spoil: Callable[["Memory", str, Scope], None]
    changes: Changes
    push: Callable[["Memory", dict[str, Any]], tuple[dict[str, str], bytes]]
    announce: Callable[["Memory", Comment], None] | None = None
