"""What Aura keeps as a TikTok token: which app it is of, for whom, and the token itself."""

from dataclasses import dataclass, field
from typing import Literal, cast

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.tiktok.errors import REVOKED

App = Literal["business", "display"]


@dataclass(frozen=True, slots=True)
class Credential:
    """A token of one of the two portals; every business call also names the account (open_id)."""

    app: App
    open_id: str
    token: str = field(repr=False)

    def packed(self) -> str:
        """As one opaque text. Neither the app nor an open_id holds a colon."""
        return f"{self.app}:{self.open_id}:{self.token}"


def unpacked(text: str) -> Credential:
    """The credential in a text made by `packed`; AUTH_REVOKED for any other text."""
    app, _, rest = text.partition(":")
    open_id, _, token = rest.partition(":")
    if app not in {"business", "display"} or not token:
        raise PlatformError(ErrorKind.AUTH_REVOKED, REVOKED, detail="not a TikTok credential")
    return Credential(cast("App", app), open_id, token)
