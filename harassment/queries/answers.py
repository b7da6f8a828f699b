"""First drafts of the answers of the rights desk, in the language of the person who asked."""

from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harassment.models import RightsRequest

Kind, Outcome = RightsRequest.Kind, RightsRequest.Outcome
_GRANTED: dict[str, Promise] = {
    Kind.ACCESS: gettext_lazy(
        "We hold data on this handle. The copy of it is below, on the page where you read this: "
        "your comments as this software read them, how they were judged, and what was decided. "
        "Other people's words and names are left out (GDPR, article 15)."
    ),
    Kind.RECTIFICATION: gettext_lazy(
        "We have corrected what you named. What was sealed as evidence stays as it was captured "
        "(GDPR, article 16)."
    ),
    Kind.OBJECTION: gettext_lazy(
        "Your objection is granted. This software no longer compares what you write to different "
        "creators of this workspace (GDPR, article 21)."
    ),
    Kind.ERASURE: gettext_lazy(
        "Your data has been erased or made anonymous. What remains of the evidence is a chain of "
        "check sums that names nobody (GDPR, article 17)."
    ),
}
_PARTLY = gettext_lazy(
    "Your request is granted in part. What we keep is needed to establish or defend legal claims "
    "(GDPR, article 17(3)(e) or 21(1)): "
)
_REFUSED = gettext_lazy(
    "We cannot do as you ask, because: [say why]. The data is needed to establish or defend legal "
    "claims (GDPR, articles 17(3)(e) and 21(1))."
)
_UNPROVEN = gettext_lazy(
    "Nobody has shown to us that the handle is theirs: the code was found neither in a comment nor "
    "on the profile. We therefore cannot say whether anything is held (GDPR, article 12(6)). You "
    "may ask again at any time."
)
_NOTHING = gettext_lazy("We hold nothing on this handle.")


def draft_answer(asked: RightsRequest, outcome: str, *, is_nothing_held: bool) -> str:
    """A letter for a person to complete: greeting, the outcome, where to complain."""
    with translation.override(asked.language):
        if outcome == Outcome.UNPROVEN:
            core = str(_UNPROVEN)
        elif outcome == Outcome.REFUSED:
            core = str(_REFUSED)
        elif is_nothing_held:
            core = str(_NOTHING)
        elif outcome == Outcome.PARTLY:
            core = str(_PARTLY)
        else:
            core = str(_GRANTED[asked.kind])
        return "\n\n".join(
            [
                _("Hello,"),
                _("you wrote to us on %(date)s (%(number)s).")
                % {"date": date_format(asked.received_at), "number": asked.label},
                core,
                _(
                    "You may complain to a supervisory authority, in France the CNIL, or go to "
                    "court."
                ),
            ]
        )
