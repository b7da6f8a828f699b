"""What Reddit lets an account do through its API, and the manual way for the rest."""

from collections.abc import Mapping

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.reddit.oauth import BAN, HISTORY, IDENTITY, MODERATE, READ, SUBMIT

_COMMENTS = Support("yes", scope=READ)
_HELP = "https://support.reddithelp.com/hc/en-us"
_WHERE = _(
    "On your own profile and in communities that you moderate: the public no longer sees it, and "
    "it can come back. Elsewhere only the moderators there can do that."
)

# From reddit.com/dev/api; the manual ways are Reddit's help pages.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: Support("yes", scope=IDENTITY),
    Cap.POSTS: Support("yes", _("The newest 1,000: Reddit lists no more."), HISTORY),
    Cap.POST_METRICS: Support(
        "yes", _("Votes and comments. Reddit tells nobody how often a post was seen."), HISTORY
    ),
    Cap.ACCOUNT_METRICS: Support("yes", scope=IDENTITY),
    Cap.COMMENTS_READ: Support(
        "yes",
        _(
            "Below your own posts, in all communities. What others removed there before Aura saw "
            "it is not shown."
        ),
        READ,
    ),
    Cap.COMMENTS_HELD: Support(
        "yes",
        _("What was removed or taken for spam where you moderate comes in the same list."),
        READ,
    ),
    Cap.REPLIES_READ: _COMMENTS,
    Cap.COMMENT_REPLY: Support("yes", _("Not below a locked or archived post."), SUBMIT),
    Cap.COMMENT_HIDE: Support("yes", _WHERE, MODERATE),
    Cap.COMMENT_DELETE: Support(
        "no",
        _(
            "Only its author can delete a comment. Hide it where you moderate: Reddit calls that "
            "“remove”."
        ),
        manual_url=f"{_HELP}/articles/15484546290068",
    ),
    Cap.AUTHOR_BAN: Support(
        "yes",
        _("From your own profile and from communities that you moderate, for days or for good."),
        BAN,
        f"{_HELP}/articles/15484258409492",
    ),
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("Aura blocks nobody for you on Reddit. Open the person's profile there: Block account."),
        manual_url=f"{_HELP}/articles/360058530131",
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("Report it on Reddit, to the moderators or to Reddit itself."),
        manual_url="https://www.reddit.com/report",
    ),
    Cap.MENTIONS: Support("no", _("Aura does not read mentions on Reddit yet.")),
    Cap.DM_READ: Support("no", _("Aura does not read Reddit's messages and chats.")),
    Cap.LIVE_CHAT_READ: Support("no", _("Reddit has no live chat that apps may read.")),
    Cap.LIVE_CHAT_MODERATE: Support("no", _("Reddit has no live chat that apps may read.")),
    Cap.WEBHOOK: Support("no", _("Reddit announces nothing. Aura asks every few minutes.")),
    Cap.IMPORT_EXPORT_FILE: Support(
        "no",
        _("A Reddit export holds the comments its owner wrote, not those they received."),
        manual_url="https://www.reddit.com/settings/data-request",
    ),
}
