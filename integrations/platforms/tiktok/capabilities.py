"""What TikTok lets an account's owner do through its APIs, and the manual way for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.grants import within_grant
from integrations.platforms.tiktok.errors import DISPLAY_ONLY
from integrations.platforms.tiktok.oauth import MARKS

_COMMENTS = Support("yes", scope="comment.list")
_SUPPORT = "https://support.tiktok.com/en"

# From business-api.tiktok.com, "TikTok Accounts"; the manual ways are TikTok's help pages.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: Support("yes", scope="user.info.basic"),
    Cap.POSTS: Support("yes", scope="video.list"),
    Cap.POST_METRICS: Support(
        "yes",
        _("TikTok's counters come a day or two late, and end a year after the post."),
        "video.list",
    ),
    Cap.ACCOUNT_METRICS: Support("yes", scope="user.info.stats"),
    Cap.COMMENTS_READ: Support(
        "yes",
        _(
            "On your own videos, hidden ones included. Of more than 500 comments below one video "
            "TikTok lists the rest in no order; Aura sorts out what comes twice."
        ),
        "comment.list",
    ),
    Cap.COMMENTS_HELD: replace(
        _COMMENTS,
        reason=_("Hidden comments come in the same list; TikTok does not say who hid them."),
    ),
    Cap.REPLIES_READ: _COMMENTS,
    Cap.COMMENT_REPLY: Support(
        "yes",
        _("At most 150 characters, below the first comment of a thread."),
        "comment.list.manage",
    ),
    Cap.COMMENT_HIDE: Support(
        "yes",
        _(
            "The public no longer sees it, and it can come back. TikTok sometimes accepts to show "
            "a comment again and does not do it; Aura looks and tells you."
        ),
        "comment.list.manage",
    ),
    Cap.COMMENT_DELETE: Support(
        "no",
        _(
            "TikTok lets apps delete only what the account wrote itself. Hide it here, or press "
            "and hold the comment in the TikTok app and choose Delete."
        ),
        manual_url=f"{_SUPPORT}/using-tiktok/messaging-and-notifications/comments",
    ),
    Cap.AUTHOR_BAN: Support("no", _("TikTok has no API to shut a person out of your comments.")),
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("TikTok has no API to block a person. Open their profile in the app: Share, Block."),
        manual_url=f"{_SUPPORT}/using-tiktok/followers-and-following/blocking-the-users",
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("TikTok has no API to report a comment. Press and hold it in the app: Report."),
        manual_url=f"{_SUPPORT}/safety-hc/report-a-problem/report-a-comment",
    ),
    Cap.MENTIONS: Support("no", _("Aura does not read TikTok mentions.")),
    Cap.DM_READ: Support(
        "no",
        _("TikTok gives messages to business accounts only; Aura does not read them."),
    ),
    Cap.LIVE_CHAT_READ: Support("no", _("TikTok has no official API for LIVE chats.")),
    Cap.LIVE_CHAT_MODERATE: Support(
        "no", _("TikTok has no official API for LIVE chats. Name moderators in the app.")
    ),
    Cap.WEBHOOK: Support(
        "yes",
        _("TikTok tells of comments within five minutes, if the operator registered the address."),
        "comment.list",
    ),
    Cap.IMPORT_EXPORT_FILE: Support(
        "yes",
        _("A TikTok export holds the comments its owner wrote, not those they received."),
        manual_url=f"{_SUPPORT}/account-and-privacy/personalized-ads-and-data/requesting-your-data",
    ),
}

# What the Display app alone brings: all the rest waits for TikTok's approval of the other one.
_DISPLAY = {Cap.PROFILE, Cap.POSTS, Cap.POST_METRICS, Cap.ACCOUNT_METRICS}
DISPLAY_CAPABILITIES: Mapping[Cap, Support] = {
    cap: support
    if cap in _DISPLAY or support.state == "no"
    else Support("needs_review", DISPLAY_ONLY)
    for cap, support in CAPABILITIES.items()
}
_NEEDED = {
    "business": ("user.info.basic", "video.list", "comment.list"),
    "display": ("user.info.basic", "video.list"),
}


def missing_scopes(granted: Sequence[str]) -> tuple[str, ...]:
    """The scopes without which nothing useful can be read through the app that asked."""
    app = "display" if MARKS["display"] in granted else "business"
    return tuple(scope for scope in _NEEDED[app] if scope not in granted)


def capabilities_for(granted: Sequence[str]) -> Mapping[Cap, Support]:
    """What this connection can do: of the app it goes through, less what was withheld."""
    is_display = MARKS["display"] in granted
    return within_grant(DISPLAY_CAPABILITIES if is_display else CAPABILITIES, granted)
