"""What YouTube lets a channel's owner do through its API, and the manual way for the rest."""

from collections.abc import Mapping

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.youtube.oauth import FORCE_SSL, READONLY

_READ = Support("yes", scope=READONLY)
_COMMENTS = Support("yes", scope=FORCE_SSL)

# From the method list of developers.google.com/youtube/v3/docs; the manual ways are help pages.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: _READ,
    Cap.POSTS: _READ,
    Cap.POST_METRICS: _READ,
    Cap.ACCOUNT_METRICS: _READ,
    Cap.COMMENTS_READ: _COMMENTS,
    Cap.COMMENTS_HELD: _COMMENTS,
    Cap.REPLIES_READ: _COMMENTS,
    Cap.COMMENT_REPLY: _COMMENTS,
    Cap.COMMENT_HIDE: Support(
        "yes",
        _("Holds the comment for review: nobody but the channel sees it, and it can come back."),
        FORCE_SSL,
    ),
    Cap.COMMENT_DELETE: Support(
        "yes",
        _("Rejects the comment with all its replies. YouTube does not bring it back."),
        FORCE_SSL,
    ),
    Cap.AUTHOR_BAN: Support(
        "yes",
        _("Together with a rejection: everything this author writes here later is rejected."),
        FORCE_SSL,
        "https://studio.youtube.com/",
    ),
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("YouTube has no API to block a person. Block them on their channel page."),
        manual_url="https://support.google.com/youtube/answer/9482361",
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("YouTube has no API to report a comment. Open the comment there and choose Report."),
        manual_url="https://support.google.com/youtube/answer/2802027",
    ),
    Cap.MENTIONS: Support("no", _("YouTube has no API that lists mentions.")),
    Cap.DM_READ: Support("no", _("YouTube has no direct messages.")),
    Cap.LIVE_CHAT_READ: Support(
        "yes",
        _(
            "While a broadcast is on air Aura asks every few seconds. Each question costs a part "
            "of the day's YouTube allowance, so Aura stops at a limit and says so."
        ),
        READONLY,
    ),
    Cap.LIVE_CHAT_MODERATE: Support(
        "yes",
        _(
            "Removes a message, and sends its author out for five minutes or for good. A live "
            "message cannot be held."
        ),
        FORCE_SSL,
    ),
    Cap.WEBHOOK: Support(
        "yes",
        _("YouTube announces new videos, never comments: for those Aura asks every few minutes."),
        READONLY,
    ),
    Cap.IMPORT_EXPORT_FILE: Support(
        "yes",
        _("A YouTube export holds the comments its owner wrote, not those they received."),
        manual_url="https://takeout.google.com/",
    ),
}
