"""What Aura says about Instagram's refusals."""

from integrations.platforms.base import sentence as _
from integrations.platforms.meta.errors import Words

EXPIRED = _("The sign-in to Instagram has expired. Aura renews it.")
REVOKED = _("Instagram no longer accepts this connection. Connect the account again.")
APP_REMOVED = _("Aura was removed from this account's apps on Instagram. Connect it again.")
PASSWORD = _("The password of the Instagram account was changed. Connect the account again.")
CHECKPOINT = _(
    "Instagram wants to see the account's owner first. Sign in there, answer its question, and "
    "connect the account again."
)
SCOPE = _(
    "Instagram did not give Aura the permission for this. Connect the account again and allow it."
)
LIMITED = _("Instagram asks Aura to slow down. It continues by itself.")
GONE = _("Instagram no longer has this.")
REFUSED_INPUT = _("Instagram did not accept the request.")
PASSING = _("Instagram has a passing problem. Aura will try again.")
CURSOR = _("Instagram lost the place in the list. Aura starts the list again.")
FORBIDDEN = _("Instagram refused: this account may not do that here.")
POLICY = _("Instagram has blocked this kind of action for a while. Do it in the app, or later.")
NOT_DELETABLE = _("Instagram does not let the account delete this comment. Hide it instead.")
OLD_VERSION = _("The Graph API version of this installation has ended. Tell its operator.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("Instagram does not accept this installation's registration. Tell its operator.")
NEARLY_USED_UP = _("Instagram's allowance for this account is nearly used up. Aura waits for it.")

WORDS = Words(
    expired=EXPIRED,
    revoked=REVOKED,
    app_removed=APP_REMOVED,
    password=PASSWORD,
    checkpoint=CHECKPOINT,
    scope=SCOPE,
    limited=LIMITED,
    nearly_used_up=NEARLY_USED_UP,
    gone=GONE,
    refused_input=REFUSED_INPUT,
    passing=PASSING,
    cursor=CURSOR,
    forbidden=FORBIDDEN,
    policy=POLICY,
    old_version=OLD_VERSION,
    code_used=CODE_USED,
    client_refused=CLIENT_REFUSED,
)
