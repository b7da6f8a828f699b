"""Meta's side of Instagram Login: codes, tokens of an hour and of 60 days, and the allowance."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from integrations.sandbox.instagram.ids import scoped_id
from integrations.sandbox.instagram.shapes import GraphError, limit_reached
from integrations.sandbox.world import Clock

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

CODE_LIFE = timedelta(hours=1)
SHORT_LIFE = timedelta(hours=1)
LONG_SECONDS = 5_183_944  # as documented: a little less than 60 days
YOUNGEST_RENEWED = timedelta(hours=24)
WINDOW = timedelta(hours=24)  # of the business use case limit
ALLOWANCE = 200_000  # calls of an account in the window


class CodeError(Exception):
    """The token endpoint's own refusal, in its older shape."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(slots=True)
class Code:
    """An authorization code, good once."""

    redirect_uri: str
    channel_id: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(slots=True)
class Token:
    """A token; `ended` is the subcode that refuses it before its time."""

    channel_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    is_long: bool
    ended: int = 0


@dataclass
class Wallet:
    """What Meta remembers of one app."""

    clock: Clock
    client_id: str
    client_secret: str
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    subscribed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    allowance: int = ALLOWANCE
    calls: dict[str, deque[datetime]] = field(default_factory=dict)

    # --- codes and tokens ------------------------------------------------------------------------

    def issue_code(self, *, redirect_uri: str, channel_id: str, scopes: tuple[str, ...]) -> str:
        """The code that the browser carries back."""
        code = "AQ" + secrets.token_urlsafe(60)
        self.codes[code] = Code(redirect_uri, channel_id, scopes, self.clock.now() + CODE_LIFE)
        return code

    def exchange(self, fields: dict[str, str]) -> dict[str, object]:
        """A token of an hour for a code; whatever the outcome, the code is spent."""
        if fields.get("client_id") != self.client_id:
            raise CodeError("Invalid platform app")
        given = fields.get("client_secret", "")
        if not secrets.compare_digest(given.encode(), self.client_secret.encode()):
            raise CodeError("Error validating client secret.")
        if fields.get("grant_type") != "authorization_code":
            raise CodeError("Invalid grant_type")
        found = self.codes.pop(fields.get("code", ""), None)
        if found is None or found.expires_at < self.clock.now():
            raise CodeError("This authorization code has been used")
        if found.redirect_uri != fields.get("redirect_uri"):
            raise CodeError(
                "Error validating verification code. Please make sure your redirect_uri is "
                "identical to the one you used in the OAuth dialog request"
            )
        text = self._mint("IGQ", found.channel_id, found.scopes, SHORT_LIFE, is_long=False)
        return {
            "access_token": text,
            "user_id": int(scoped_id(found.channel_id)),
            "permissions": ",".join(found.scopes),
        }

    def lengthen(self, token: str, secret: str) -> dict[str, object]:
        """60 days for a token of an hour."""
        if not secrets.compare_digest(secret.encode(), self.client_secret.encode()):
            raise GraphError(101, "Error validating client secret.")
        found = self.holder(token)
        if found.is_long:
            raise GraphError(452, "Session key invalid. This could be because the token is long.")
        return self._long(found)

    def refresh(self, token: str) -> dict[str, object]:
        """60 more days for a long-lived token of a day or more; the old one lives on."""
        found = self.holder(token)
        if not found.is_long or self.clock.now() - found.issued_at < YOUNGEST_RENEWED:
            raise GraphError(100, "(#100) The access token must be at least 24 hours old")
        return {**self._long(found), "permissions": ",".join(found.scopes)}

    def holder(self, token: str) -> Token:
        """What a token stands for; GraphError 190 when it is not good any more."""
        found = self.tokens.get(token)
        if found is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if found.ended:
            raise GraphError(
                190,
                "Error validating access token: The session has been invalidated.",
                subcode=found.ended,
            )
        if found.expires_at <= self.clock.now():
            raise GraphError(
                190, "Error validating access token: Session has expired.", subcode=463
            )
        return found

    def check_proof(self, token: str, sent: Mapping[str, str]) -> None:
        """Instagram asks for no proof that a call comes from the app."""

    def grants_of(self, channel_id: str = "") -> list[Token]:
        """Living tokens, of one account or of all."""
        return [
            found
            for found in self.tokens.values()
            if not found.ended and (not channel_id or found.channel_id == channel_id)
        ]

    def end(self, grant: Token, subcode: int = 458) -> None:
        """The person removed the app (458), changed the password (460), has a checkpoint (459)."""
        grant.ended = subcode

    def expire(self, channel_id: str = "") -> int:
        """Let tokens run out now."""
        found = self.grants_of(channel_id)
        for grant in found:
            grant.expires_at = self.clock.now() - timedelta(seconds=1)
        return len(found)

    def saved(self) -> dict[str, object]:
        """What survives a restart: tokens and what they asked to be pushed."""
        tokens = {text: asdict(token) for text, token in self.tokens.items()}
        return {"tokens": tokens, "subscribed": self.subscribed}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take back what `saved` told, after its way through JSON."""
        for text, entry in saved["tokens"].items():
            for name in ("issued_at", "expires_at"):
                entry[name] = datetime.fromisoformat(entry[name])
            self.tokens[text] = Token(**{**entry, "scopes": tuple(entry["scopes"])})
        for channel_id, names in saved["subscribed"].items():
            self.subscribed[channel_id] = tuple(names)

    # --- the allowance ---------------------------------------------------------------------------

    def spend(self, channel_id: str) -> None:
        """Book a call; GraphError 80002 when the day's window is full."""
        now, calls = self.clock.now(), self.calls.setdefault(channel_id, deque())
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= self.allowance:
            raise limit_reached(80002, self.minutes(channel_id))
        calls.append(now)

    def percent(self, channel_id: str) -> int:
        """How much of the allowance is used."""
        return min(100, 100 * len(self.calls.get(channel_id, ())) // max(self.allowance, 1))

    def minutes(self, channel_id: str) -> int:
        """Until the first call falls out of the window; 0 while there is room."""
        calls = self.calls.get(channel_id)
        if not calls or len(calls) < self.allowance:
            return 0
        return max(1, int((calls[0] + WINDOW - self.clock.now()).total_seconds() // 60))

    def _long(self, found: Token) -> dict[str, object]:
        life = timedelta(seconds=LONG_SECONDS)
        text = self._mint("IGAA", found.channel_id, found.scopes, life, is_long=True)
        return {"access_token": text, "token_type": "bearer", "expires_in": LONG_SECONDS}

    def _mint(
        self, head: str, channel_id: str, scopes: tuple[str, ...], life: timedelta, *, is_long: bool
    ) -> str:
        text = head + secrets.token_hex(80)
        now = self.clock.now()
        self.tokens[text] = Token(channel_id, scopes, now, now + life, is_long)
        return text


def new_wallet(memory: "Memory") -> Wallet:
    """An empty wallet for this sandbox's one app."""
    client_id, client_secret = memory.options.apps["instagram"]
    return Wallet(memory.clock, client_id, client_secret)
