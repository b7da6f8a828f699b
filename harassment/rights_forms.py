"""What people outside ask at the rights desk, and what is answered."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from harassment.models import RightsRequest
from integrations.platforms import PLATFORMS

MESSAGE_MAX_CHARACTERS = 4_000
ANSWER_MAX_CHARACTERS = 10_000


class AskRightsForm(forms.Form):
    """Who asks for what."""

    kind = forms.ChoiceField(label=_("What you ask for"), choices=RightsRequest.Kind.choices)
    platform = forms.ChoiceField(
        label=_("On which platform"),
        choices=[(kind, entry.label) for kind, entry in PLATFORMS.items()],
    )
    handle = forms.CharField(
        label=_("Your handle there"), max_length=200, help_text=_("Such as @name.")
    )
    message = forms.CharField(
        label=_("What we should know"),
        max_length=MESSAGE_MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What is wrong, or why you object. Please no names of other people."),
    )

    def clean_handle(self) -> str:
        """A handle has something behind the @."""
        handle: str = self.cleaned_data["handle"].strip()
        if not handle.removeprefix("@").strip():
            raise forms.ValidationError(_("Write the handle of your account."))
        return handle


class ExtendRequestForm(forms.Form):
    """Why it takes longer; the person reads it."""

    reason = forms.CharField(
        label=_("Why it takes two more months"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The person reads this. It can be done once, within the first month."),
    )


class AnswerRequestForm(forms.Form):
    """The answer, from a draft."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=RightsRequest.Outcome.choices, widget=forms.HiddenInput
    )
    text = forms.CharField(
        label=_("Answer"),
        max_length=ANSWER_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    has_copy = forms.BooleanField(
        label=_("The person may download the copy of their data"), required=False
    )

    def __init__(self, *args: Any, is_proven: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_proven:
            del self.fields["has_copy"]
