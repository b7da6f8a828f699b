"""TikTok's two OAuth servers: one consent page, two apps, refresh tokens that rotate."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.tiktok.ids import open_id
from integrations.sandbox.world import Clock

SCOPES = {
    "business": {
        "user.info.basic": "Read your profile",
        "user.info.username": "Read your handle",
        "user.info.stats": "Read your counters of followers and likes",
        "user.insights": "Read the insights of your account",
        "video.list": "Read your public videos",
        "video.insights": "Read the insights of your videos",
        "comment.list": "Read the comments on your videos",
        "comment.list.manage": "Answer, hide and show comments on your videos",
    },
    "display": {
        "user.info.basic": "Read your profile",
        "user.info.profile": "Read your handle, biography and link",
        "user.info.stats": "Read your counters of followers, likes and videos",
        "video.list": "Read your public videos",
    },
}
# Seconds an access and a refresh token live (documents of November and January 2026).
LIVES = {"display": (7_200, 15_552_000), "business": (86_400, 31_536_000)}
CODE_LIFE = timedelta(minutes=10)


class GrantError(Exception):
    """The token endpoints' refusal, by its OAuth name."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(slots=True)
class Code:
    """An authorization code, good once."""

    app: str
    redirect_uri: str
    account_id: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """A person's consent for one app, with the one refresh token that is good now."""

    app: str
    channel_id: str
    scopes: tuple[str, ...]
    refresh: str
    refresh_expires_at: datetime

    @property
    def open_id(self) -> str:
        """The account as this app knows it."""
        return open_id(self.app, self.channel_id)


@dataclass(slots=True)
class Access:
    """An access token."""

    grant: Grant
    expires_at: datetime


@dataclass
class Wallet:
    """Everything both authorization servers remember. `apps`: app -> (id, secret)."""

    clock: Clock
    apps: dict[str, tuple[str, str]]
    codes: dict[str, Code] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    by_access: dict[str, Access] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)  # access tokens whose grant was taken back
    callbacks: dict[str, str] = field(default_factory=dict)  # event type -> address, of the app

    def app_of(self, client_id: str) -> str:
        """The app with this id; GrantError when there is none."""
        for app, (known, _secret) in self.apps.items():
            if known == client_id:
                return app
        raise GrantError("invalid_client", "Client key or secret is incorrect.")

    def check(self, app: str, client_id: str, secret: str) -> None:
        """Refuse wrong registrations."""
        known, expected = self.apps[app]
        if client_id != known or not secrets.compare_digest(secret.encode(), expected.encode()):
            raise GrantError("invalid_client", "Client key or secret is incorrect.")

    def issue_code(
        self, *, app: str, redirect_uri: str, account_id: str, scopes: tuple[str, ...]
    ) -> str:
        """The code that the browser carries back."""
        code = secrets.token_urlsafe(48)
        expires_at = self.clock.now() + CODE_LIFE
        self.codes[code] = Code(app, redirect_uri, account_id, scopes, expires_at)
        return code

    def exchange(self, app: str, code: str, redirect_uri: str) -> tuple[Grant, str]:
        """A new grant and its access token; whatever the outcome, the code is spent."""
        found = self.codes.pop(code, None)
        if found is None or found.app != app or found.expires_at < self.clock.now():
            raise GrantError("invalid_grant", "Authorization code is expired.")
        if found.redirect_uri != redirect_uri:
            raise GrantError("invalid_request", "Redirect_uri is not matched with the uri.")
        grant = Grant(app, found.account_id, found.scopes, "", self.clock.now())
        return grant, self._renew(grant)

    def refresh(self, app: str, token: str, *, keep: bool = False) -> tuple[Grant, str]:
        """A new access token and a new refresh token; the old one dies at once (unless `keep`)."""
        grant = self.by_refresh.get(token)
        if grant is None or grant.app != app or grant.refresh_expires_at <= self.clock.now():
            raise GrantError("invalid_grant", "Refresh token is invalid or expired.")
        return grant, self._renew(grant, keep=keep)

    def holder(self, token: str) -> Grant | None:
        """The grant behind a living access token."""
        access = self.by_access.get(token)
        if access is None or access.expires_at <= self.clock.now():
            return None
        return access.grant

    def end(self, grant: Grant) -> None:
        """The person, or the app, takes the permission back."""
        self.by_refresh.pop(grant.refresh, None)
        for token in [t for t, access in self.by_access.items() if access.grant is grant]:
            del self.by_access[token]
            self.dead.add(token)

    def revoke(self, token: str) -> None:
        """End the grant behind an access or refresh token; unknown ones are no mistake."""
        access = self.by_access.get(token)
        grant = access.grant if access else self.by_refresh.get(token)
        if grant is not None:
            self.end(grant)

    def grants_of(self, channel_id: str = "") -> list[Grant]:
        """Living grants, of one account or of all."""
        living = {id(grant): grant for grant in self.by_refresh.values()}
        return [g for g in living.values() if not channel_id or g.channel_id == channel_id]

    def expire(self, channel_id: str = "") -> int:
        """Let access tokens run out now; refresh tokens stay good."""
        found = [
            access
            for access in self.by_access.values()
            if not channel_id or access.grant.channel_id == channel_id
        ]
        for access in found:
            access.expires_at = self.clock.now() - timedelta(seconds=1)
        return len(found)

    def saved(self) -> list[dict[str, Any]]:
        """All living grants with their access tokens, for the state file."""
        return [
            {
                **asdict(grant),
                "access": {
                    token: access.expires_at
                    for token, access in self.by_access.items()
                    if access.grant is grant
                },
            }
            for grant in self.grants_of()
        ]

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Take up grants where the state file left them."""
        for entry in saved:
            tokens = entry.pop("access")
            ends = datetime.fromisoformat(entry["refresh_expires_at"])
            grant = Grant(**{**entry, "scopes": tuple(entry["scopes"]), "refresh_expires_at": ends})
            self.by_refresh[grant.refresh] = grant
            for token, expires_at in tokens.items():
                self.by_access[token] = Access(grant, datetime.fromisoformat(expires_at))

    def _renew(self, grant: Grant, *, keep: bool = False) -> str:
        access_s, refresh_s = LIVES[grant.app]
        now = self.clock.now()
        if not keep:
            self.by_refresh.pop(grant.refresh, None)
            grant.refresh = "rft." + secrets.token_urlsafe(36)
            self.by_refresh[grant.refresh] = grant
        grant.refresh_expires_at = now + timedelta(seconds=refresh_s)
        token = "act." + secrets.token_urlsafe(36)
        self.by_access[token] = Access(grant, now + timedelta(seconds=access_s))
        return token


def token_body(grant: Grant, access: str, *, with_refresh: bool = True) -> dict[str, object]:
    """The token endpoints' answer; the two portals name the refresh token's end differently."""
    access_s, refresh_s = LIVES[grant.app]
    ends = "refresh_expires_in" if grant.app == "display" else "refresh_token_expires_in"
    body: dict[str, object] = {
        "access_token": access,
        "expires_in": access_s,
        "open_id": grant.open_id,
        "scope": ",".join(grant.scopes),
        "token_type": "Bearer",
    }
    if with_refresh:
        body |= {"refresh_token": grant.refresh, ends: refresh_s}
    return body
