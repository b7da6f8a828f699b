"""What Aura says about Facebook's refusals."""

from integrations.platforms.base import sentence as _
from integrations.platforms.meta.errors import Words

NO_PAGE = _("This person manages no Facebook Page, or none was ticked.")
SEVERAL = _("Facebook gave Aura several Pages at once. Start again and tick exactly one.")
FORBIDDEN = _("Facebook refused: this Page may not do that here.")
REFUSED_INPUT = _("Facebook did not accept the request.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
NOBODY = _("Facebook does not tell who wrote this, so nobody can be banned for it.")

WORDS = Words(
    expired=_("The sign-in to Facebook has expired. Aura renews it."),
    revoked=_("Facebook no longer accepts this connection. Connect the Page again."),
    app_removed=_("Aura was removed from this person's apps on Facebook. Connect the Page again."),
    password=_("The password of the Facebook account was changed. Connect the Page again."),
    checkpoint=_(
        "Facebook wants to see the Page's manager first. Sign in there, answer its question, and "
        "connect the Page again."
    ),
    scope=_(
        "Facebook did not give Aura the permission for this. Connect the Page again and allow it."
    ),
    limited=_("Facebook asks Aura to slow down. It continues by itself."),
    nearly_used_up=_("Facebook's allowance for this Page is nearly used up. Aura waits for it."),
    gone=_("Facebook no longer has this."),
    refused_input=REFUSED_INPUT,
    passing=_("Facebook has a passing problem. Aura will try again."),
    cursor=_("Facebook lost the place in the list. Aura starts the list again."),
    forbidden=FORBIDDEN,
    policy=_("Facebook has blocked this kind of action for a while. Do it there, or later."),
    old_version=_("The Graph API version of this installation has ended. Tell its operator."),
    code_used=CODE_USED,
    client_refused=_(
        "Facebook does not accept this installation's registration. Tell its operator."
    ),
)
