"""One letter to those who manage when a limit of the workspace is nearly or wholly used."""

from django.conf import settings
from django.urls import reverse

from accounts import tenancy
from accounts.letters import send_letter
from accounts.models import Grant
from accounts.queries import people_with
from ai_agents.models import Allowance
from ai_agents.queries.limits import Measure, period_end


def tell_limit(*, allowance_id: int, percent: int) -> int:
    """Write to everybody who may change the limit; how many. Nothing once it was deleted."""
    allowance = Allowance.objects.filter(pk=allowance_id).first()
    if allowance is None:
        return 0
    workspace = tenancy.current_workspace()
    managing = people_with(Grant.MANAGE)
    context = {
        "workspace": workspace.name,
        "is_money": allowance.measure == Measure.MONEY,
        "is_over": percent >= 100,
        "percent": percent,
        "resets_at": period_end(allowance.period),
        "url": f"{workspace.url}{reverse('ai_agents:usage', urlconf=settings.ROOT_URLCONF)}",
    }
    for member in managing:
        send_letter(
            to=member.user.email,
            language=member.user.language,
            template="ai_agents/email/limit",
            context=context,
        )
    return len(managing)
