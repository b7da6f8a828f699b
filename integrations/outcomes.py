"""How connecting an account ended: a code for addresses, a sentence and a way on for people."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Outcome(StrEnum):
    """How a consent dance ended. Travels as a code to the workspace, never as a text."""

    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    SCOPE_MISSING = "scope-missing"
    DENIED = "denied"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    OTHER_PERSON = "other-person"
    NO_ACCESS = "no-access"
    OTHER_ACCOUNT = "other-account"
    NO_ACCOUNT = "no-account"
    SEVERAL_ACCOUNTS = "several-accounts"
    CODE_REFUSED = "code-refused"
    NOT_CONFIGURED = "not-configured"
    QUOTA = "quota"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Note:
    """What a page says: `kind` is ok, warn or danger."""

    kind: str
    title: Promise
    text: Promise


NOTES: dict[Outcome, Note] = {
    Outcome.CONNECTED: Note(
        "ok",
        _("The account is connected."),
        _("Aura is reading its posts and comments now. You can go on meanwhile."),
    ),
    Outcome.RECONNECTED: Note(
        "ok",
        _("The account is connected again."),
        _("Aura goes on from the place where it stopped."),
    ),
    Outcome.SCOPE_MISSING: Note(
        "warn",
        _("A permission is missing."),
        _(
            "Without it Aura cannot read the comments. Connect again and leave every box on the "
            "consent page ticked. An earlier connection that works is kept as it was."
        ),
    ),
    Outcome.DENIED: Note(
        "warn",
        _("Nothing was connected: the permission was not given."),
        _("Connect again when you are ready, and choose “Allow” on the platform."),
    ),
    Outcome.UNKNOWN: Note(
        "danger",
        _("Aura does not know this sign-in."),
        _(
            "The address is incomplete or was not made by Aura. Nothing was connected. Open your "
            "workspace and start again from its connected accounts."
        ),
    ),
    Outcome.EXPIRED: Note(
        "warn",
        _("The sign-in took longer than ten minutes."),
        _("Nothing was connected. Start again, it is quicker the second time."),
    ),
    Outcome.USED: Note(
        "warn",
        _("This sign-in was used already."),
        _("It works once. Look at the list below; start again if the account is not there."),
    ),
    Outcome.OTHER_PERSON: Note(
        "danger",
        _("Somebody else started this sign-in."),
        _(
            "Nothing was connected. Sign in to Aura as that person, or start again from the "
            "connected accounts of your own workspace."
        ),
    ),
    Outcome.NO_ACCESS: Note(
        "danger",
        _("You may not connect accounts there."),
        _("Nothing was connected. Ask the owner of the workspace for a role that may."),
    ),
    Outcome.OTHER_ACCOUNT: Note(
        "warn",
        _("You chose another account on the platform."),
        _(
            "Nothing was changed. Reconnect again and choose the same account, or connect the "
            "other one as a new account."
        ),
    ),
    Outcome.NO_ACCOUNT: Note(
        "warn",
        _("There is no channel behind this sign-in."),
        _("Choose the person or brand account that owns the channel, and connect again."),
    ),
    Outcome.SEVERAL_ACCOUNTS: Note(
        "warn",
        _("Nothing was connected: several Pages were ticked."),
        _(
            "Aura connects one Page at a time, and cannot guess which. Start again, choose to edit "
            "the access on the platform, and tick exactly one."
        ),
    ),
    Outcome.CODE_REFUSED: Note(
        "warn",
        _("The platform did not accept the sign-in."),
        _("Nothing was connected. Start again; a page that was reloaded is the usual reason."),
    ),
    Outcome.NOT_CONFIGURED: Note(
        "danger",
        _("This installation is not registered with the platform."),
        _("Nothing was connected. Tell the operator of this installation."),
    ),
    Outcome.QUOTA: Note(
        "warn",
        _("Today's allowance of the platform is used up."),
        _("Nothing was connected. Try again tomorrow."),
    ),
    Outcome.UNREACHABLE: Note(
        "warn",
        _("The platform could not be reached."),
        _("Nothing was connected and nothing was changed. Try again in a few minutes."),
    ),
}


def note_of(code: str) -> Note | None:
    """The words for a code out of an address; None for anything that is no code of ours."""
    try:
        return NOTES[Outcome(code)]
    except ValueError:
        return None
