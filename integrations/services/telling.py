"""One mail to those who can mend a connection, when nothing but a person can."""

import unicodedata

from django.conf import settings
from django.urls import reverse

from accounts import tenancy
from accounts.letters import send_letter
from accounts.models import Grant
from accounts.queries import people_with
from integrations.models import SocialAccount
from integrations.platforms import PLATFORMS
from integrations.queries import REMEDIES
from integrations.services.coverage import NEEDS_PERSON

NAME_SHOWN = 60


def tell_trouble(*, account_code: str) -> int:
    """Write to everybody who may connect the account; how many. Nothing once it is mended."""
    account = SocialAccount.objects.filter(code=account_code, status__in=NEEDS_PERSON).first()
    if account is None:
        return 0
    workspace = tenancy.current_workspace()
    members = people_with(Grant.CONNECT, owner_id=account.owner_id)
    path = reverse(
        "integrations:account-detail", args=[account.code], urlconf=settings.ROOT_URLCONF
    )
    entry = PLATFORMS.get(account.platform)
    context = {
        "platform": entry.label if entry else account.platform,
        "name": _plain(str(account)),
        "workspace": workspace.name,
        "reason": account.status_reason,
        "remedy": REMEDIES[account.status],
        "url": f"{workspace.url}{path}",
    }
    for member in members:
        send_letter(
            to=member.user.email,
            language=member.user.language,
            template="integrations/email/trouble",
            context=context,
        )
    return len(members)


def _plain(name: str) -> str:
    """A name from outside on one line, without characters that steer the reader's program."""
    kept = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in name)
    return kept[:NAME_SHOWN].strip()
