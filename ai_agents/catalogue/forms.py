"""What staff ask of the costs: all of it stands in the address."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from ai_agents.catalogue.models import CostDay
from ai_agents.queries.costs import CostFilter

DAYS = 30
DAYS_MOST = 400  # of one page or file


class CostFilterForm(forms.Form):
    """Days and names. What cannot be read counts as not asked, and the page says so."""

    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    workspace = forms.CharField(label=_("Workspace"), required=False, max_length=63)
    provider = forms.CharField(label=_("Provider"), required=False, max_length=12)
    model = forms.CharField(label=_("Model"), required=False, max_length=80)
    agent = forms.CharField(label=_("Agent"), required=False, max_length=16)

    def clean(self) -> dict[str, Any]:
        """The days in their order, and not more of them than a page can draw."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the first day."))
        elif since and (until or _today()) - since >= timedelta(days=DAYS_MOST):
            self.add_error("since", _("At most %(most)d days.") % {"most": DAYS_MOST})
        return cleaned

    def chosen(self) -> CostFilter:
        """The filter; the last thirty days where none, or none that fit, were given."""
        self.is_valid()
        told = self.cleaned_data
        is_wrong = bool(self.errors)
        until: date = (None if is_wrong else told.get("until")) or _today()
        since: date = (None if is_wrong else told.get("since")) or until - timedelta(days=DAYS - 1)
        if since > until:  # a day to come without an end
            until = since
        names = ("workspace", "provider", "model", "agent")
        return CostFilter(since, until, **{name: told.get(name, "") for name in names})

    @property
    def known(self) -> list[tuple[forms.BoundField, list[tuple[str, str]]]]:
        """The names there are, for the lists of the form. Two queries."""
        found = CostDay.objects.order_by().values_list("provider", "model", "agent").distinct()
        providers, models, agents = (sorted({row[at] for row in found}) for at in range(3))
        places = Workspace.objects.order_by("name").values_list("slug", "name")
        return [
            (self["workspace"], list(places)),
            *(
                (self[name], [(one, one) for one in names])
                for name, names in (("provider", providers), ("model", models), ("agent", agents))
            ),
        ]


def _today() -> date:
    return datetime.now(UTC).date()
