"""What Instagram lets a professional account do by API, and the manual way for the rest."""

from collections.abc import Mapping

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.instagram.oauth import BASIC, COMMENTS, INSIGHTS

_READ = Support("yes", scope=BASIC)
_COMMENTS = Support("yes", scope=COMMENTS)
_BLOCK = "https://help.instagram.com/426700567389543"
_REPORT = "https://help.instagram.com/198034803689028"

# From the references of developers.facebook.com/docs/instagram-platform; the manual ways are help
# pages.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: Support(
        "yes",
        _("Professional accounts only: a business or creator account, switched in the settings."),
        BASIC,
    ),
    Cap.POSTS: _READ,
    Cap.POST_METRICS: Support(
        "yes",
        _("Views come up to two days late, and only when enough people have seen a post."),
        INSIGHTS,
    ),
    Cap.ACCOUNT_METRICS: _READ,
    Cap.COMMENTS_READ: Support(
        "yes",
        _(
            "Comments below your own posts and reels. Instagram leaves out people you restricted "
            "and says so nowhere."
        ),
        COMMENTS,
    ),
    Cap.COMMENTS_HELD: Support(
        "no",
        _(
            "Instagram has no list of what its filters hold back. Comments hidden through Aura "
            "stay readable here."
        ),
        manual_url="https://help.instagram.com/700284123459336",
    ),
    Cap.REPLIES_READ: _COMMENTS,
    Cap.COMMENT_REPLY: Support(
        "yes",
        _("Below a top comment. A hidden comment and a live broadcast take no reply."),
        COMMENTS,
    ),
    Cap.COMMENT_HIDE: Support(
        "yes",
        _("Nobody but the account and the author sees a hidden comment, and it can come back."),
        COMMENTS,
    ),
    Cap.COMMENT_DELETE: Support(
        "yes",
        _(
            "Deletes the comment with its replies, for good. Instagram may refuse it for comments "
            "of others: hide them then."
        ),
        COMMENTS,
    ),
    Cap.AUTHOR_BAN: Support(
        "no",
        _("Instagram has no API to restrict a person. Restrict them on their profile."),
        manual_url="https://help.instagram.com/2638385956221960",
    ),
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("Instagram has no API to block a person. Block them on their profile."),
        manual_url=_BLOCK,
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("Instagram has no API to report a comment. Hold it in the app and choose Report."),
        manual_url=_REPORT,
    ),
    Cap.MENTIONS: Support(
        "no", _("Aura does not read posts of others that mention the account yet.")
    ),
    Cap.DM_READ: Support("no", _("Aura does not read Instagram messages yet.")),
    Cap.LIVE_CHAT_READ: Support(
        "no", _("Instagram gives comments of a broadcast only while it is live, and only pushed.")
    ),
    Cap.LIVE_CHAT_MODERATE: Support("no", _("Instagram has no API for that.")),
    Cap.WEBHOOK: Support(
        "needs_review",
        _(
            "Instagram pushes comments only to installations that Meta has reviewed. Without that "
            "Aura asks every few minutes, and nothing is lost."
        ),
        COMMENTS,
    ),
    Cap.IMPORT_EXPORT_FILE: Support(
        "yes",
        _("An Instagram export holds the comments its owner wrote, not those they received."),
        manual_url="https://accountscenter.instagram.com/info_and_permissions/dyi/",
    ),
}
