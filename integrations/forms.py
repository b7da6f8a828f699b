"""What people send to this room."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.imports import PLATFORMS
from integrations.models import SyncRun
from integrations.services.resync import wishes_for

ACCEPTED = ".csv,.tsv,.txt,.zip,.json,text/csv,application/zip,application/json"


class ImportFileForm(forms.Form):
    """A CSV or a platform's export, and where comments come from whose row does not say it."""

    file = forms.FileField(
        label=gettext_lazy("Your file"),
        help_text=gettext_lazy(
            "A CSV, or the zip or JSON that TikTok, Instagram, Facebook or Google gave you."
        ),
        max_length=400,
    )
    platform = forms.ChoiceField(
        label=gettext_lazy("Platform"),
        help_text=gettext_lazy(
            "Only for a CSV: of rows that do not name one in a column “platform”."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, _("Other") if key == "other" else name) for key, name in PLATFORMS.items()]
        cast("forms.ChoiceField", self.fields["platform"]).choices = choices
        self.fields["file"].widget.attrs["accept"] = ACCEPTED

    def clean_file(self) -> Any:
        """Not larger than one import may be."""
        upload = self.cleaned_data["file"]
        if upload.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)s. Split it into several files.")
                % {"most": filesizeformat(settings.IMPORT_MAX_BYTES)}
            )
        return upload


class ResyncForm(forms.Form):
    """What shall be read again, and how far back."""

    what = forms.TypedChoiceField(label=gettext_lazy("Fetch again"), coerce=SyncRun.Wish)
    months = forms.TypedChoiceField(
        label=gettext_lazy("How far back"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, data: Any = None, *, platform: str) -> None:
        super().__init__(data)
        wishes = [(wish.value, wish.label) for wish in wishes_for(platform)]
        cast("forms.ChoiceField", self.fields["what"]).choices = wishes
        cast("forms.ChoiceField", self.fields["months"]).choices = [
            ("", _("Everything there is")),
            *((n, ngettext("%(n)d month", "%(n)d months", n) % {"n": n}) for n in (1, 3, 6, 12)),
        ]
