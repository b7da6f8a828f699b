"""What people decide about agents."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from ai_agents.models import Preference

DAY_LIMIT_MOST = Decimal(10_000)
PERSON_REQUESTS_MOST = 1_000_000


class PreferenceForm(forms.ModelForm[Preference]):
    """Limits, the stop, and whether comments may leave this server."""

    day_limit = forms.DecimalField(
        label=_("Most US dollars a day"),
        min_value=Decimal(0),
        max_value=DAY_LIMIT_MOST,
        decimal_places=2,
        help_text=_("Checked before each call, also when another provider takes over."),
    )
    person_requests = forms.IntegerField(
        label=_("Most requests of one person a month"),
        required=False,
        min_value=0,
        max_value=PERSON_REQUESTS_MOST,
        help_text=_("Leave it empty for no limit beside the plan's."),
    )

    class Meta:
        model = Preference
        fields = ["day_limit", "person_requests", "sends_comments", "is_stopped"]
        labels = {
            "sends_comments": _("Comments may be sent to providers outside this server"),
            "is_stopped": _("Stop all agents"),
        }
        help_texts = {
            "sends_comments": _(
                "Names, addresses and numbers are taken out first. Without this, only a local"
                " model reads comments."
            ),
            "is_stopped": _("Nothing is asked until somebody takes this back."),
        }
