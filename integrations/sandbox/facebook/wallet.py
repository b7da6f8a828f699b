"""Meta's side of Facebook Login: codes, a person's tokens, and their Pages' own."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from integrations.sandbox.instagram.shapes import GraphError
from integrations.sandbox.instagram.wallet import (
    LONG_SECONDS,
    SHORT_LIFE,
    CodeError,
    Token,
    Wallet,
)

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

FOREVER = timedelta(days=36_500)  # a Page's token names no end


@dataclass
class PageWallet(Wallet):
    """What Meta remembers of one app: `tokens` are the Pages', `people` those who manage them.

    `more_pages` are Pages that a person ticked besides the one they chose.
    """

    people: dict[str, Token] = field(default_factory=dict)
    more_pages: dict[str, list[str]] = field(default_factory=dict)

    def issue_code(
        self,
        *,
        redirect_uri: str,
        channel_id: str,
        scopes: tuple[str, ...],
        is_lasting: bool = True,
    ) -> str:
        """The code that the browser carries back."""
        return super().issue_code(redirect_uri=redirect_uri, channel_id=channel_id, scopes=scopes)

    def exchange(self, fields: Mapping[str, str]) -> dict[str, object]:
        """A person's token of hours for a code; whatever the outcome, the code is spent."""
        self._check_app(fields)
        found = self.codes.pop(fields.get("code", ""), None)
        if found is None or found.expires_at < self.clock.now():
            raise CodeError("This authorization code has been used.")
        if found.redirect_uri != fields.get("redirect_uri"):
            raise CodeError("Error validating verification code: redirect_uri is not identical")
        return self._person(found.channel_id, found.scopes, SHORT_LIFE)

    def lengthen(self, token: str, secret: str) -> dict[str, object]:
        """60 days for a person's token."""
        self._check_app({"client_id": self.client_id, "client_secret": secret})
        found = self.holder(token)
        return self._person(found.channel_id, found.scopes, timedelta(seconds=LONG_SECONDS))

    def page_token(self, page_id: str, person: Token) -> str:
        """The Page's own token; each question makes another, and the older ones live on."""
        text = "EAAP" + secrets.token_hex(60)
        now = self.clock.now()
        self.tokens[text] = Token(page_id, person.scopes, now, now + FOREVER, is_long=True)
        return text

    def holder(self, token: str) -> Token:
        """What a Page's or a person's token stands for."""
        if token in self.people:
            found = self.people[token]
            if found.ended:
                raise GraphError(190, "The session has been invalidated.", subcode=found.ended)
            if found.expires_at <= self.clock.now():
                raise GraphError(190, "Session has expired.", subcode=463)
            return found
        return super().holder(token)

    def check_proof(self, token: str, sent: Mapping[str, str]) -> None:
        """The app demands its proof with every call."""
        if token not in self.tokens and token not in self.people:
            return  # the token itself will be refused
        expected = hmac.new(self.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        given = sent.get("appsecret_proof", "")
        if not secrets.compare_digest(given.encode(), expected.encode()):
            raise GraphError(100, "(#100) API calls from the server require an appsecret_proof")

    def grants_of(self, channel_id: str = "") -> list[Token]:
        """Living tokens of a Page, or of all, its manager's among them."""
        people = [
            found
            for found in self.people.values()
            if not found.ended and (not channel_id or found.channel_id == channel_id)
        ]
        return [*super().grants_of(channel_id), *people]

    def expire(self, channel_id: str = "") -> int:
        """Let the Pages' tokens run out now; the people's stay good."""
        found = super().grants_of(channel_id)
        for grant in found:
            grant.expires_at = self.clock.now() - timedelta(seconds=1)
        return len(found)

    def saved(self) -> dict[str, object]:
        """What survives a restart."""
        people = {text: asdict(token) for text, token in self.people.items()}
        return {**super().saved(), "people": people}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take back what `saved` told."""
        super().restore(saved)
        for text, entry in saved["people"].items():
            for name in ("issued_at", "expires_at"):
                entry[name] = datetime.fromisoformat(entry[name])
            self.people[text] = Token(**{**entry, "scopes": tuple(entry["scopes"])})

    def _check_app(self, fields: Mapping[str, str]) -> None:
        if fields.get("client_id") != self.client_id:
            raise CodeError("Error validating application. Invalid client_id")
        given = fields.get("client_secret", "")
        if not secrets.compare_digest(given.encode(), self.client_secret.encode()):
            raise CodeError("Error validating client secret.")

    def _person(
        self, channel_id: str, scopes: tuple[str, ...], life: timedelta
    ) -> dict[str, object]:
        text = "EAAU" + secrets.token_hex(60)
        now = self.clock.now()
        self.people[text] = Token(channel_id, scopes, now, now + life, is_long=life > SHORT_LIFE)
        seconds = int(life.total_seconds())
        return {"access_token": text, "token_type": "bearer", "expires_in": seconds}


def new_wallet(memory: "Memory") -> PageWallet:
    """An empty wallet for this sandbox's one app."""
    client_id, client_secret = memory.options.apps["facebook"]
    return PageWallet(memory.clock, client_id, client_secret)
