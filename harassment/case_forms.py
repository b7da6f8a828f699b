"""What people fill in about whole cases and their authors."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.templatetags.aura import severity_word
from harassment.models import INCIDENT_FROM, Case, CaseSettings, Severity
from integrations.models import SocialAccount

NOTE_MAX_CHARACTERS = 10_000
REASON_MAX_CHARACTERS = 300
_NUMBER = re.compile(r"\s*(?:AUR-?)?\s*(\d{1,9})\s*", re.IGNORECASE)


def _text(
    label: Any, *, most: int, rows: int = 2, help_text: Any = "", required: bool = True
) -> forms.CharField:
    # Without a maxlength in the page: a browser cuts what is pasted there and says nothing.
    return forms.CharField(
        label=label,
        validators=[MaxLengthValidator(most)],
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class NoteCaseForm(forms.Form):
    """A note for the team."""

    text = _text(
        _("Note"),
        most=NOTE_MAX_CHARACTERS,
        rows=3,
        help_text=_("For your team only. Names and decisions, not the abusive words."),
    )


class OpenCaseForm(forms.Form):
    """A case about something that Aura did not hear."""

    account = forms.ChoiceField(label=_("Whose account"))
    subject = forms.CharField(
        label=_("What it is about"),
        max_length=120,
        help_text=_("In neutral words, such as “Letters to the studio”. It is the title."),
    )
    severity = forms.TypedChoiceField(
        label=_("Severity"), choices=Severity.choices, coerce=int, initial=Severity.MEDIUM
    )
    note = _text(_("First note"), most=NOTE_MAX_CHARACTERS, rows=4, required=False)

    def __init__(self, *args: Any, accounts: Iterable[SocialAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._accounts = {str(account.code): account for account in accounts}
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        field.choices = [(code, str(one)[:60]) for code, one in self._accounts.items()]

    def chosen(self) -> SocialAccount:
        """The chosen account."""
        return self._accounts[self.cleaned_data["account"]]


class FlagCommentForm(forms.Form):
    """How grave a comment is that nobody flagged."""

    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=[choice for choice in Severity.choices if choice[0] >= INCIDENT_FROM],
        coerce=int,
        initial=Severity.MEDIUM,
    )


class SetSeverityForm(forms.Form):
    """How grave a case is, and why."""

    severity = forms.TypedChoiceField(label=_("Severity"), choices=Severity.choices, coerce=int)
    reason = _text(_("Why?"), most=REASON_MAX_CHARACTERS)


class PauseClockForm(forms.Form):
    """Who is waited for."""

    waiting_for = forms.ChoiceField(label=_("Who is waited for?"), choices=Case.Waiting.choices)
    note = _text(_("Note"), most=REASON_MAX_CHARACTERS, required=False)


class MergeCaseForm(forms.Form):
    """Into which case, and why."""

    target = forms.ChoiceField(label=_("Into which case?"))
    reason = _text(_("Why?"), most=REASON_MAX_CHARACTERS)

    def __init__(self, *args: Any, targets: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._targets = {str(case.code): case for case in targets}
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        field.choices = [(code, _said(case)) for code, case in self._targets.items()]

    def chosen(self) -> Case:
        """The chosen case."""
        case: Case = self._targets[self.cleaned_data["target"]]
        return case


class SplitCaseForm(forms.Form):
    """Which comments move into a case of their own, and why."""

    comment = forms.TypedMultipleChoiceField(label=_("Comments"))
    reason = _text(_("Why?"), most=REASON_MAX_CHARACTERS)

    def __init__(self, *args: Any, codes: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["comment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        field.choices = [(str(code), str(code)) for code in codes]


class LinkCaseForm(forms.Form):
    """With which case, and what they have to do with each other."""

    number = forms.CharField(
        label=_("Number of the other case"), max_length=20, help_text=_("Such as AUR-0012.")
    )
    note = forms.CharField(
        label=_("What have they to do with each other?"), max_length=200, required=False
    )

    def clean_number(self) -> int:
        """12 of "AUR-0012"."""
        found = _NUMBER.fullmatch(self.cleaned_data["number"])
        if not found:
            raise forms.ValidationError(_("Write the number as AUR-0012 or 12."))
        return int(found[1])


class EscalateCaseForm(forms.Form):
    """Why the safety lead should look."""

    reason = _text(
        _("Why should the safety lead look?"),
        most=REASON_MAX_CHARACTERS,
        help_text=_("Facts and what you ask for, not the abusive words."),
    )


class AnswerEscalationForm(forms.Form):
    """What is to be done."""

    answer = _text(_("What is to be done?"), most=REASON_MAX_CHARACTERS)


class KeepAuthorForm(forms.Form):
    """For how long an author stays known, and why."""

    days = forms.IntegerField(label=_("Days from today"), min_value=1, max_value=365, initial=90)
    reason = _text(
        _("Why?"),
        most=REASON_MAX_CHARACTERS,
        help_text=_("For example: a complaint was filed on 3 March and is not decided."),
    )


class CaseSettingsForm(forms.Form):
    """How the workspace works on cases."""

    critical = forms.IntegerField(label=_("Critical, hours"), min_value=1, max_value=8760)
    high = forms.IntegerField(label=_("High, hours"), min_value=1, max_value=8760)
    medium = forms.IntegerField(label=_("Medium, hours"), min_value=1, max_value=8760)
    low = forms.IntegerField(label=_("Low, hours"), min_value=1, max_value=8760)
    half_life_days = forms.IntegerField(
        label=_("A strike has half its weight after, days"), min_value=1, max_value=365
    )
    keep_days = forms.IntegerField(
        label=_("An author is forgotten after, days"),
        min_value=1,
        max_value=730,
        help_text=_("Counted from the end of the last case."),
    )

    _SEVERITIES = ("low", "medium", "high", "critical")

    @classmethod
    def of(cls, settings: CaseSettings) -> "CaseSettingsForm":
        """The form with what holds now."""
        hours = dict(zip(cls._SEVERITIES, settings.hours, strict=True))
        days = {"half_life_days": settings.half_life_days, "keep_days": settings.keep_days}
        return cls(initial=hours | days)

    def clean(self) -> dict[str, Any]:
        """What is graver has no more time than what is less grave."""
        found = super().clean() or {}
        hours = [found[name] for name in self._SEVERITIES if name in found]
        if hours != sorted(hours, reverse=True):
            raise forms.ValidationError(
                _("What is graver cannot have more time than what is less grave.")
            )
        return found

    def hours(self) -> list[int]:
        """By severity, the least grave first."""
        return [self.cleaned_data[name] for name in self._SEVERITIES]


def _said(case: Any) -> str:
    flagged = ngettext("%(count)d comment", "%(count)d comments", case.flagged) % {
        "count": case.flagged
    }
    return f"{case.label} · {severity_word(case.severity)} · {flagged}"
