"""What Aura does on X, what that costs, and the manual way for the rest."""

from collections.abc import Mapping

from integrations.platforms.base import Cap, Support
from integrations.platforms.base import sentence as _
from integrations.platforms.x.oauth import READ, USERS

_HELP = "https://help.x.com/en"
_REPLIES = f"{_HELP}/using-x/x-conversations"
_ACTS = Support(
    "no",
    _("Aura only reads on X: every act there would cost money. Do it on X itself."),
    manual_url=_REPLIES,
)

# Prices of docs.x.com: 0.005 dollars for a post that is read, 0.010 for a person.
CAPABILITIES: Mapping[Cap, Support] = {
    Cap.PROFILE: Support("yes", _("Each look at the profile costs 0.010 dollars."), USERS),
    Cap.POSTS: Support("yes", _("Each post that is read costs 0.005 dollars."), READ),
    Cap.POST_METRICS: Support("yes", scope=READ),
    Cap.ACCOUNT_METRICS: Support("yes", scope=USERS),
    Cap.COMMENTS_READ: Support(
        "yes",
        _(
            "Posts that name the account, answers among them: 0.005 dollars each and 0.010 for "
            "every author. Aura stops at the limit that the operator has set for the month."
        ),
        READ,
    ),
    Cap.COMMENTS_HELD: Support("no", _("X holds no answers back for a person to look at.")),
    Cap.REPLIES_READ: Support(
        "no", _("Answers that do not name the account are in no list that Aura reads.")
    ),
    Cap.COMMENT_REPLY: _ACTS,
    Cap.COMMENT_HIDE: _ACTS,
    Cap.COMMENT_DELETE: Support(
        "no",
        _("Nobody but its author deletes a post on X. Hide the answer there, or report it."),
        manual_url=_REPLIES,
    ),
    Cap.AUTHOR_BAN: _ACTS,
    Cap.AUTHOR_BLOCK: Support(
        "no",
        _("Block the person on their profile at X."),
        manual_url=f"{_HELP}/using-x/blocking-and-unblocking-accounts",
    ),
    Cap.COMMENT_REPORT: Support(
        "no",
        _("X has no API to report a post. Choose Report at the post."),
        manual_url=f"{_HELP}/safety-and-security/report-abusive-behavior",
    ),
    Cap.MENTIONS: Support("yes", scope=READ),
    Cap.DM_READ: Support("no", _("Aura reads no messages at X.")),
    Cap.LIVE_CHAT_READ: Support("no", _("X has no live chats for others to read.")),
    Cap.LIVE_CHAT_MODERATE: Support("no", _("X has no live chats for others to read.")),
    Cap.WEBHOOK: Support("no", _("X pushes to customers of its enterprise contract only.")),
    Cap.IMPORT_EXPORT_FILE: Support(
        "no",
        _("An X archive holds what its owner wrote, not what they received."),
        manual_url="https://x.com/settings/download_your_data",
    ),
}
