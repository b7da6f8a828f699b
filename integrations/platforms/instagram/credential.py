"""What Aura keeps as an Instagram token: the token, and whose it is."""

from dataclasses import dataclass, field

from integrations.platforms.instagram.parse import Own


@dataclass(frozen=True, slots=True)
class Credential:
    """A token with its account's id and name, because a comment's author is told by name only."""

    user_id: str
    username: str
    token: str = field(repr=False)

    @property
    def own(self) -> Own:
        """Tells the account's own comments."""
        return Own(self.user_id, self.username)

    def pack(self) -> str:
        """One string; neither ids nor user names hold a colon."""
        return f"{self.user_id}:{self.username}:{self.token}"

    @classmethod
    def unpack(cls, text: str) -> "Credential":
        """The parts of `pack`; a bare token belongs to nobody known."""
        user_id, _, rest = text.partition(":")
        username, colon, token = rest.partition(":")
        return cls(user_id, username, token) if colon else cls("", "", text)
