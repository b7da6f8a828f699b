"""X's side of OAuth 2.0: PKCE, and renewal tokens that are good once."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integrations.sandbox.grants import s256
from integrations.sandbox.standard import Grant, GrantError, Wallet
from integrations.sandbox.world import token

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

LIFE_S = 7_200


@dataclass
class RotatingWallet(Wallet):
    """`challenges` are the PKCE challenges of codes; `billed` is what X would charge so far."""

    challenges: dict[str, str] = field(default_factory=dict)
    billed_micros: int = 0

    def prove(self, code: str, verifier: str) -> None:
        """GrantError unless the verifier fits the challenge of the code."""
        challenge = self.challenges.pop(code, "")
        if not challenge or s256(verifier) != challenge:
            raise GrantError("invalid_grant", "Value passed for the code verifier did not match")

    def refresh(self, token_text: str) -> tuple[Grant, str]:
        """New tokens, both; the old renewal token is over."""
        grant, access = super().refresh(token_text)
        del self.by_refresh[token_text]
        grant.refresh = token(60, "x-refresh", token_text, access)
        self.by_refresh[grant.refresh] = grant
        return grant, access


def new_wallet(memory: "Memory") -> RotatingWallet:
    """An empty wallet for this sandbox's one app."""
    return RotatingWallet(memory.clock, *memory.options.apps["x"], life_s=LIFE_S)
