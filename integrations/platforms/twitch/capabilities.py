"""What Twitch lets a broadcaster do through its API, and the manual way for the rest."""

from collections.abc import Mapping

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.twitch.errors import NO_COMMENTS
from integrations.platforms.twitch.oauth import BANS, CHAT_READ, CHAT_WRITE, FOLLOWERS, MESSAGES

_HELP = "https://help.twitch.tv/s/article"
_PLAIN = Support("yes")
_CHAT = Support(
    "yes",
    _(
        "While Aura listens. Twitch keeps no chat for apps: what is written while Aura is off or "
        "cut off cannot be fetched later, and the account's page names such times."
    ),
    CHAT_READ,
)
_MODERATE = Support(
    "yes",
    _("Delete single messages, send people out for a while or for good, and let them in again."),
    BANS,
    "https://dashboard.twitch.tv/",
)

# From dev.twitch.tv/docs/api/reference; the manual ways are help pages.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: _PLAIN,
    Cap.POSTS: Support("yes", _("Recordings that Twitch still keeps, and what is live now.")),
    Cap.POST_METRICS: Support(
        "yes", _("Views of recordings, and viewers while live. Twitch tells no likes.")
    ),
    Cap.ACCOUNT_METRICS: Support("yes", scope=FOLLOWERS),
    Cap.COMMENTS_READ: Support("no", NO_COMMENTS),
    Cap.COMMENTS_HELD: Support(
        "no",
        _("What AutoMod holds back is decided in Twitch's own moderator view."),
        manual_url=f"{_HELP}/how-to-use-automod",
    ),
    Cap.REPLIES_READ: Support(
        "yes", _("Answers come with the chat they are written in."), CHAT_READ
    ),
    Cap.COMMENT_REPLY: Support(
        "yes", _("At most 500 characters, into the running chat."), CHAT_WRITE
    ),
    Cap.COMMENT_HIDE: Support(
        "no", _("Twitch cannot hide a message and show it again. Delete it instead.")
    ),
    Cap.COMMENT_DELETE: Support(
        "yes",
        _("For good, in the first six hours after it was written."),
        MESSAGES,
    ),
    Cap.AUTHOR_BAN: Support(
        "yes", _("From your chat, for up to two weeks or for good, and back again."), BANS
    ),
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("Aura blocks nobody for you on Twitch. Choose Block at the person's name."),
        manual_url=f"{_HELP}/how-to-manage-harassment-in-chat",
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("Twitch has no API to report a message. Choose Report at the person's name."),
        manual_url=f"{_HELP}/how-to-file-a-user-report",
    ),
    Cap.MENTIONS: Support("no", _("Twitch has no API that lists mentions.")),
    Cap.DM_READ: Support("no", _("Aura does not read whispers.")),
    Cap.LIVE_CHAT_READ: _CHAT,
    Cap.LIVE_CHAT_MODERATE: _MODERATE,
    Cap.WEBHOOK: Support(
        "yes", _("The chat comes by itself, over a connection that Aura keeps open."), CHAT_READ
    ),
    Cap.IMPORT_EXPORT_FILE: Support(
        "no",
        _("A Twitch export holds the messages its owner wrote, not those they received."),
        manual_url="https://www.twitch.tv/p/legal/privacy-choices/",
    ),
}
