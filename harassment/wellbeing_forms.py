"""What people choose to protect themselves, and how they tell a colleague what a comment is."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.detection.summary import kind_word
from harassment.models import ReadRequest, Target, Wellbeing

LIMIT_MOST = 200
KINDS = (
    "threat", "self_harm", "doxx", "blackmail", "identity_attack", "sexual", "impersonation",
    "insult", "obscene",
)  # fmt: skip


class WellbeingForm(forms.ModelForm[Wellbeing]):
    """One's own limit and quiet hours."""

    daily_limit = forms.IntegerField(
        label=_("Masked comments a day"),
        min_value=0,
        max_value=LIMIT_MOST,
        help_text=_("After so many Aura asks whether somebody else can read on. It never refuses."),
    )

    class Meta:
        model = Wellbeing
        fields = ["daily_limit", "quiet_from", "quiet_until", "rings_for_danger", "has_mails"]
        help_texts = {
            "has_mails": _("Never with a comment or its author. What is dangerous is always told."),
        }
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a beginning and an end, or there are none."""
        data = super().clean() or {}
        begin, end = data.get("quiet_from"), data.get("quiet_until")
        if "quiet_from" in data and "quiet_until" in data and (begin is None) != (end is None):
            self.add_error(
                "quiet_until" if end is None else "quiet_from", _("Say when they begin and end.")
            )
        elif begin is not None and begin == end:
            self.add_error("quiet_until", _("They would never end. Choose another time."))
        return data


class AskToReadForm(forms.Form):
    """Whom to ask."""

    reader = forms.ChoiceField(label=_("Who should read it"))

    def __init__(self, *args: Any, readers: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._readers = {str(one.code): one for one in readers}
        field = self.fields["reader"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        field.choices = [
            (code, f"{one.user.label} ({one.get_role_display()})")
            for code, one in self._readers.items()
        ]

    @property
    def chosen(self) -> Membership:
        """The colleague; only of a valid form."""
        return self._readers[self.cleaned_data["reader"]]


class AnswerReadingForm(forms.Form):
    """What a comment amounts to, in facts to tick: no field takes words."""

    kinds = forms.MultipleChoiceField(
        label=_("What it is"), required=False, widget=forms.CheckboxSelectMultiple
    )
    target = forms.ChoiceField(label=_("Whom it is aimed at"), choices=Target.choices)
    danger = forms.ChoiceField(
        label=_("Is somebody in danger?"), choices=ReadRequest.Danger.choices
    )
    need = forms.ChoiceField(label=_("What it needs"), choices=ReadRequest.Need.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  (narrows the type)
        field.choices = [(kind, kind_word(kind)) for kind in KINDS]
