"""What a report is made of: values only, read from a case and from what a person wrote."""

from dataclasses import dataclass
from datetime import datetime

from harassment.reports.catalogue import Form, Ground, forms, grounds

NOTICE, PLATFORM, COMPLAINT, BRIEF = "notice", "platform", "complaint", "brief"


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed comment that the report points to. Texts are from outside."""

    number: int  # in the chain of the case
    hash: str
    sealed_at: datetime
    published_at: datetime
    address: str
    author: str
    post: str
    post_address: str
    kinds: tuple[str, ...]
    words: str
    is_erased: bool
    is_intact: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """One report, whole: `why`, `harm`, `asked` and the sender were written by a person."""

    kind: str
    language: str
    reference: str
    platform: str
    account: str
    recipient: str
    ground_slug: str
    why: str
    harm: str
    asked: str
    addresses: tuple[str, ...]
    items: tuple[Item, ...]
    sender_name: str
    sender_email: str
    is_nameless: bool
    is_good_faith: bool
    has_words: bool
    comments: int  # flagged in the whole case
    authors: int
    first_at: datetime | None
    last_at: datetime | None
    key: str
    head: str

    @property
    def ground(self) -> Ground | None:
        """What is alleged; None while nobody has chosen."""
        return grounds().get(self.ground_slug)

    @property
    def form(self) -> Form | None:
        """Where the platform takes reports, when Aura knows it."""
        return forms().get(self.platform)

    @property
    def platform_label(self) -> str:
        """What the platform is called."""
        return self.form.label if self.form else self.platform.title()
