"""What Aura keeps as a Facebook token: the token, whose Page it is, and which person gave it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A Page's token, or the person's own from which it can be made anew."""

    page_id: str
    person_id: str  # the person as this app knows them: Meta's own requests name nobody else
    token: str = field(repr=False)

    def pack(self) -> str:
        """One string; ids are numbers."""
        return f"{self.page_id}:{self.person_id}:{self.token}"

    @classmethod
    def unpack(cls, text: str) -> "Credential":
        """The parts of `pack`; a bare token belongs to no Page known."""
        page_id, _, rest = text.partition(":")
        person_id, colon, token = rest.partition(":")
        return cls(page_id, person_id, token) if colon else cls("", "", text)
