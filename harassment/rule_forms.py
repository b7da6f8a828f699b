"""What people may ask and send on the pages of rules, thresholds and word lists."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from harassment.queries.thresholds import LANGUAGES, LEVELS
from harassment.rules.packs import CATEGORIES
from harassment.rules.packs import LANGUAGES as PACK_LANGUAGES
from harassment.rules.wording import CATEGORY_WORDS, LANGUAGE_WORDS
from harassment.rules.words import PHRASE_CHARACTERS_MOST


class NameRuleForm(forms.Form):
    """What a rule is called and why it was changed."""

    name = forms.CharField(label=_("Name"), max_length=80)
    note = forms.CharField(label=_("Why, for your team"), max_length=200, required=False)


class ChooseThresholdsForm(forms.Form):
    """From which score on to hide, by language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [("", _("Do not hide by score")), *((f"{x:g}", f"{x:.2f}") for x in LEVELS)]
        for language in LANGUAGES:
            self.fields[language] = forms.ChoiceField(
                label=str(LANGUAGE_WORDS[language]), choices=levels, required=False
            )

    def clean(self) -> dict[str, Any]:
        """At least one language has a level."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(language) for language in LANGUAGES):
            raise forms.ValidationError(_("Choose a score for at least one language."))
        return cleaned

    def levels(self) -> dict[str, float]:
        """The chosen ones by language."""
        return {
            language: float(self.cleaned_data[language])
            for language in LANGUAGES
            if self.cleaned_data[language]
        }


class ChangeLexiconForm(forms.Form):
    """One word on or off one list."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[(code, LANGUAGE_WORDS[code]) for code in PACK_LANGUAGES]
    )
    category = forms.ChoiceField(
        label=_("List"), choices=[(name, CATEGORY_WORDS[name]) for name in CATEGORIES]
    )
    word = forms.CharField(
        label=_("Word"),
        max_length=PHRASE_CHARACTERS_MOST,
        help_text=_("A word or a few in a row. A star before or behind stands for any letters."),
    )


class ImportLexiconForm(forms.Form):
    """A file of words."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("As exported here: language, category, word, from. 256 KB at most."),
    )
