"""What people send when they work through the inbox: chosen comments, a name for a view."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from harassment.models import TriageBatch
from harassment.services.batches import AT_ONCE


class ChosenCommentsField(forms.Field):
    """The codes of the chosen comments, each once, at most AT_ONCE of them."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:
        """Codes in the order they were sent; what is no code makes all of them wrong."""
        try:
            return list(dict.fromkeys(UUID(raw) for raw in value or ()))
        except (TypeError, ValueError) as error:
            raise forms.ValidationError(_("Choose the comments again.")) from error

    def validate(self, value: Any) -> None:
        """Some, and not too many."""
        if not value:
            raise forms.ValidationError(_("Choose at least one comment."))
        if len(value) > AT_ONCE:
            raise forms.ValidationError(
                _("Choose at most %(most)d comments at once.") % {"most": AT_ONCE}
            )


class TriageCommentsForm(forms.Form):
    """One press on several comments."""

    verb = forms.ChoiceField(choices=TriageBatch.Verb.choices)
    code = ChosenCommentsField()

    @property
    def problem(self) -> str:
        """Why nothing was done, in one sentence."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class SaveViewForm(forms.Form):
    """A name for what the inbox shows now."""

    name = forms.CharField(label=_("Name"), max_length=60)
    is_default = forms.BooleanField(label=_("Open the inbox with it"), required=False)
