"""What people send to this room."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.imports import PLATFORMS


class ImportFileForm(forms.Form):
    """A CSV, and where comments come from whose row does not say it."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("UTF-8, with the names of the columns on the first line."),
        max_length=400,
    )
    platform = forms.ChoiceField(
        label=gettext_lazy("Platform"),
        help_text=gettext_lazy("Of rows that do not name one in a column “platform”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, _("Other") if key == "other" else name) for key, name in PLATFORMS.items()]
        cast("forms.ChoiceField", self.fields["platform"]).choices = choices
        self.fields["file"].widget.attrs["accept"] = ".csv,.tsv,.txt,text/csv"

    def clean_file(self) -> Any:
        """Not larger than one import may be."""
        upload = self.cleaned_data["file"]
        if upload.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)s. Split it into several files.")
                % {"most": filesizeformat(settings.IMPORT_MAX_BYTES)}
            )
        return upload
