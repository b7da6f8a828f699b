"""What Facebook lets a Page do by API, and the manual way for the rest."""

from collections.abc import Mapping

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.facebook.oauth import ACT, COMMENTS, INSIGHTS, MANAGE, READ

_COMMENTS = Support("yes", scope=COMMENTS)

# From the Page and Comment references of developers.facebook.com; manual ways are help pages.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: Support(
        "yes", _("Pages only: Facebook opens no personal profile to any app."), READ
    ),
    Cap.POSTS: Support("yes", scope=READ),
    Cap.POST_METRICS: Support(
        "yes",
        _("Views and viewers of the newest posts. Facebook has switched its older numbers off."),
        INSIGHTS,
    ),
    Cap.ACCOUNT_METRICS: Support("yes", scope=READ),
    Cap.COMMENTS_READ: Support(
        "yes",
        _("Comments below the Page's own posts. Facebook leaves some authors' names out."),
        COMMENTS,
    ),
    Cap.COMMENTS_HELD: Support(
        "no",
        _(
            "Facebook has no list of what its own filters hide. Comments hidden through Aura stay "
            "readable here."
        ),
        manual_url="https://www.facebook.com/help/297845860255949",
    ),
    Cap.REPLIES_READ: _COMMENTS,
    Cap.COMMENT_REPLY: Support("yes", _("As the Page, below a top comment."), ACT),
    Cap.COMMENT_HIDE: Support(
        "yes",
        _("Only its author and their friends see a hidden comment, and it can come back."),
        ACT,
    ),
    Cap.COMMENT_DELETE: Support("yes", _("Deletes the comment with its replies, for good."), ACT),
    Cap.AUTHOR_BAN: Support(
        "yes",
        _(
            "Bans the author from the Page, where Facebook says who it is. For the rest: ban them "
            "in the settings of your Page."
        ),
        MANAGE,
        "https://www.facebook.com/help/185897171460026",
    ),
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("A Page blocks nobody for its manager. Block the person from your own profile."),
        manual_url="https://www.facebook.com/help/168009843260943",
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("Facebook has no API to report a comment. Choose Report at the comment."),
        manual_url="https://www.facebook.com/help/reportlinks",
    ),
    Cap.MENTIONS: Support("no", _("Aura does not read posts of others that name the Page.")),
    Cap.DM_READ: Support("no", _("Aura does not read the messages of a Page.")),
    Cap.LIVE_CHAT_READ: Support(
        "no", _("Comments below a live video are read like all others, not as they are written.")
    ),
    Cap.LIVE_CHAT_MODERATE: Support(
        "no", _("Comments below a live video can be hidden and deleted like all others.")
    ),
    Cap.WEBHOOK: Support(
        "needs_review",
        _(
            "Facebook pushes comments only to installations that Meta has reviewed. Without that "
            "Aura asks every few minutes, and nothing is lost."
        ),
        MANAGE,
    ),
    Cap.IMPORT_EXPORT_FILE: Support(
        "yes",
        _("A Facebook export holds the comments its owner wrote, not those they received."),
        manual_url="https://accountscenter.facebook.com/info_and_permissions/dyi/",
    ),
}
