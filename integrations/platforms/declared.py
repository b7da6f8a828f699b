"""Platforms that Aura does not speak with: why not, and what a person can do there by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _

# What works everywhere, because it needs nobody's permission.
BY_FILE = Support(
    "yes", _("As a CSV of what you copied there: author, text and time. Aura judges it like all.")
)


@dataclass(frozen=True, slots=True)
class DeclaredPlatform:
    """A platform without an adapter; `notes` say more where one sentence is not enough."""

    label: str
    reason: str
    help_url: str
    notes: Mapping[Cap, Support] = field(default_factory=dict)

    @property
    def capabilities(self) -> Mapping[Cap, Support]:
        """Every capability with an honest answer."""
        told = {Cap.IMPORT_EXPORT_FILE: BY_FILE, **self.notes}
        plain = Support("no", self.reason, manual_url=self.help_url)
        return {cap: told.get(cap, plain) for cap in Cap}


def _by_hand(reason: str, url: str) -> Support:
    return Support("no", reason, manual_url=url)


_DISCORD = "https://support.discord.com/hc/en-us"
_SNAP = "https://help.snapchat.com/hc/en-us"

DECLARED: dict[str, DeclaredPlatform] = {
    "onlyfans": DeclaredPlatform(
        "OnlyFans",
        _(
            "OnlyFans has no API for others, and its terms forbid signing in for you. Aura never "
            "asks for your password there."
        ),
        "https://onlyfans.com/help",
        {
            Cap.AUTHOR_BLOCK: _by_hand(
                _("Restrict or block the person on their profile at OnlyFans."),
                "https://onlyfans.com/help",
            ),
            Cap.DM_READ: Support(
                "no", _("Bring a chat as proof yourself: copy it, or take pictures of it.")
            ),
        },
    ),
    "linkedin": DeclaredPlatform(
        "LinkedIn",
        _("LinkedIn gives comments to approved partners only, for pages and not for people."),
        "https://www.linkedin.com/help/linkedin/answer/a1344213",
    ),
    "snapchat": DeclaredPlatform(
        "Snapchat",
        _("Snapchat has no API for comments or messages."),
        f"{_SNAP}/articles/7012399221652",
    ),
    "discord": DeclaredPlatform(
        "Discord",
        _(
            "Aura has no bot for Discord servers. Discord's own AutoMod and moderators act there; "
            "private messages are open to no app."
        ),
        f"{_DISCORD}/articles/360000291932",
    ),
    "telegram": DeclaredPlatform(
        "Telegram",
        _(
            "Aura has no Telegram bot. A bot would read only groups that invite it, never your "
            "private chats."
        ),
        "https://telegram.org/faq#q-there-39s-illegal-content-on-telegram-how-do-i-take-it-down",
    ),
    "whatsapp": DeclaredPlatform(
        "WhatsApp",
        _(
            "WhatsApp is encrypted between people. Its API for businesses sees only what is "
            "written to a business number, and Aura does not use it."
        ),
        "https://faq.whatsapp.com/1142481766359885",
        {
            Cap.IMPORT_EXPORT_FILE: Support(
                "no",
                _("Aura does not read WhatsApp's chat exports. A CSV of what you copied works."),
                manual_url="https://faq.whatsapp.com/1180414079177245",
            ),
        },
    ),
    "signal": DeclaredPlatform(
        "Signal",
        _("Signal is encrypted between people and has no API. Nobody but you can read there."),
        "https://support.signal.org/hc/en-us/articles/360007059412",
    ),
}
