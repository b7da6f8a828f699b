"""Shares of a count with what chance alone may have added, as people read them."""

from dataclasses import dataclass
from functools import cached_property

from django.utils import formats
from django.utils.translation import gettext as _

from harassment.queries.counts import Figure
from harassment.training.metrics import interval


@dataclass(frozen=True)
class Share:
    """So many of so many; of none at all nothing is said."""

    hits: int
    of: int

    @cached_property
    def rate(self) -> float:
        """0 to 1; 0 of none."""
        return self.hits / self.of if self.of else 0.0

    @property
    def count(self) -> Figure:
        """Of how many."""
        return Figure(self.of)

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Between these the true share lies in 95 of 100 cases (Wilson); 0 to 1 of none."""
        return interval(self.rate, self.of) if self.of else (0.0, 1.0)

    @property
    def percent(self) -> str:
        """ "3.1 %"; empty of none."""
        return _("%(value)s %%") % {"value": points(self.rate)} if self.of else ""

    @property
    def range(self) -> str:
        """ "2 to 5 %"; empty of none."""
        low, high = map(points, self.bounds)
        return _("%(low)s to %(high)s %%") % {"low": low, "high": high} if self.of else ""

    @property
    def bar(self) -> int:
        """For drawing, 0 to 100."""
        return round(self.rate * 100)

    @property
    def words(self) -> str:
        """ "about 3 in 10"."""
        if self.rate >= 0.95:
            return _("nearly all")
        if self.rate >= 0.095:
            return _("about %(count)d in 10") % {"count": round(self.rate * 10)}
        return _("about 1 in %(count)d") % {"count": round(1 / self.rate) if self.rate else self.of}


def points(rate: float) -> str:
    """Hundredths: whole ones, or with a decimal where they are few."""
    hundredths = rate * 100
    decimals = 1 if 0 < round(hundredths, 1) < 10 else 0
    return formats.number_format(round(hundredths, decimals), decimals)
