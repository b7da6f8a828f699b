"""Google's side of OAuth: codes, access and refresh tokens, on the sandbox's clock."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.sandbox.world import Clock

READONLY = "https://www.googleapis.com/auth/youtube.readonly"
FORCE_SSL = "https://www.googleapis.com/auth/youtube.force-ssl"
KNOWN_SCOPES = {
    READONLY: "View your YouTube account: channel, videos, statistics",
    FORCE_SSL: "See, edit and delete your YouTube comments and moderate those you receive",
    "https://www.googleapis.com/auth/youtube": "Manage your YouTube account",
    "https://www.googleapis.com/auth/yt-analytics.readonly": "View YouTube Analytics reports",
    "openid": "Know who you are on Google",
    "https://www.googleapis.com/auth/userinfo.email": "See your e-mail address",
    "https://www.googleapis.com/auth/userinfo.profile": "See your personal info",
}
CODE_LIFE = timedelta(minutes=10)
ACCESS_SECONDS = 3599


class OAuthError(Exception):
    """An answer of the token endpoint that is not tokens (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


@dataclass(slots=True)
class Code:
    """An authorization code, good once."""

    client_id: str
    redirect_uri: str
    channel_id: str
    scopes: tuple[str, ...]
    challenge: str
    offline: bool
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """A person's consent for one client; it owns the refresh token and all access tokens."""

    client_id: str
    channel_id: str
    scopes: tuple[str, ...]
    refresh: str
    revoked: bool = False


@dataclass(slots=True)
class Access:
    """A short-lived access token."""

    grant: Grant
    expires_at: datetime


@dataclass
class Grants:
    """Everything the authorization server remembers."""

    clock: Clock
    client_id: str
    client_secret: str
    codes: dict[str, Code] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    by_access: dict[str, Access] = field(default_factory=dict)
    consented: set[str] = field(default_factory=set)

    def issue_code(
        self,
        *,
        redirect_uri: str,
        channel_id: str,
        scopes: tuple[str, ...],
        challenge: str,
        offline: bool,
        prompt_consent: bool,
    ) -> str:
        """The code the browser carries back. A refresh token follows a first or forced consent."""
        code = "4/0" + secrets.token_urlsafe(48)
        self.codes[code] = Code(
            client_id=self.client_id,
            redirect_uri=redirect_uri,
            channel_id=channel_id,
            scopes=scopes,
            challenge=challenge,
            offline=offline and (prompt_consent or channel_id not in self.consented),
            expires_at=self.clock.now() + CODE_LIFE,
        )
        self.consented.add(channel_id)
        return code

    def check_client(self, client_id: str, client_secret: str) -> None:
        """Refuse unknown clients and wrong secrets, in Google's words."""
        if client_id != self.client_id:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if not secrets.compare_digest(client_secret.encode(), self.client_secret.encode()):
            raise OAuthError("invalid_client", "Unauthorized", 401)

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Tokens for a code; whatever the outcome, the code is spent."""
        found = self.codes.pop(code, None)
        if found is None or found.expires_at < self.clock.now():
            raise OAuthError("invalid_grant", "Bad Request")
        if found.redirect_uri != redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        if found.challenge and not verifier:
            raise OAuthError("invalid_grant", "Missing code verifier.")
        if found.challenge and s256(verifier) != found.challenge:
            raise OAuthError("invalid_grant", "Invalid code verifier.")
        grant = Grant(found.client_id, found.channel_id, found.scopes, refresh="")
        body = self._access(grant)
        if found.offline:
            grant.refresh = "1//0" + secrets.token_urlsafe(60)
            self.by_refresh[grant.refresh] = grant
            body["refresh_token"] = grant.refresh
        return body

    def refresh(self, refresh_token: str) -> dict[str, object]:
        """A new access token; the refresh token stays."""
        grant = self.by_refresh.get(refresh_token)
        if grant is None or grant.revoked:
            raise OAuthError("invalid_grant", "Token has been expired or revoked.")
        return self._access(grant)

    def revoke(self, token: str) -> None:
        """End the grant behind an access or refresh token."""
        access = self.by_access.get(token)
        grant = access.grant if access else self.by_refresh.get(token)
        if grant is None or grant.revoked:
            raise OAuthError("invalid_token", "Token expired or revoked")
        self.end(grant)

    def end(self, grant: Grant) -> None:
        """Forget a grant and all its tokens."""
        grant.revoked = True
        self.by_refresh.pop(grant.refresh, None)
        for token in [t for t, access in self.by_access.items() if access.grant is grant]:
            del self.by_access[token]

    def grants_of(self, channel_id: str = "") -> list[Grant]:
        """Living grants, of one channel or of all."""
        living = {id(grant): grant for grant in self.by_refresh.values()}
        living |= {id(access.grant): access.grant for access in self.by_access.values()}
        return [g for g in living.values() if not channel_id or g.channel_id == channel_id]

    def expire(self, channel_id: str = "") -> int:
        """Let access tokens run out now; refresh tokens stay good."""
        now = self.clock.now()
        count = 0
        for access in self.by_access.values():
            if not channel_id or access.grant.channel_id == channel_id:
                access.expires_at = now - timedelta(seconds=1)
                count += 1
        return count

    def holder(self, token: str) -> Grant | None:
        """The grant behind a living access token."""
        access = self.by_access.get(token)
        if access is None or access.expires_at <= self.clock.now():
            return None
        return access.grant

    def _access(self, grant: Grant) -> dict[str, object]:
        token = "ya29.a0" + secrets.token_urlsafe(72)
        now = self.clock.now()
        for old in [t for t, access in self.by_access.items() if access.expires_at < now]:
            del self.by_access[old]
        self.by_access[token] = Access(grant, now + timedelta(seconds=ACCESS_SECONDS))
        return {
            "access_token": token,
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }


def s256(verifier: str) -> str:
    """The PKCE S256 challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
