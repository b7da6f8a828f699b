"""What people may ask and write on the protection pages."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.queries.inbox import VIEWS, InboxFilter

NOTE_MAX_CHARACTERS = 10_000
REPLY_MAX_CHARACTERS = 10_000  # YouTube's own limit
LANGUAGES = [
    ("", _("Any language")),
    ("fr", _("French")),
    ("en", _("English")),
    ("und", _("Language not covered")),
]
SIGNALS = [
    ("", _("Any signal")),
    ("doxx", _("Private details")),
    ("threat", _("Concrete threat")),
    ("self_harm", _("Call to suicide")),
    ("blackmail", _("Blackmail")),
    ("impersonation", _("Impersonation")),
    ("spam", _("Spam or fraud")),
]


class FilterInboxForm(forms.Form):
    """The filters of the inbox, from its address."""

    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False)
    account = forms.UUIDField(required=False)
    language = forms.ChoiceField(choices=LANGUAGES, required=False)
    signal = forms.ChoiceField(choices=SIGNALS, required=False)
    q = forms.CharField(max_length=100, required=False)
    after = forms.UUIDField(required=False)
    before = forms.UUIDField(required=False)
    open = forms.UUIDField(required=False)

    def chosen(self) -> InboxFilter:
        """The filter; a part of the address that makes no sense is as if it were not there."""
        self.is_valid()
        asked = self.cleaned_data
        return InboxFilter(
            view=asked.get("view") or "needs",
            account=asked.get("account"),
            language=asked.get("language") or "",
            signal=asked.get("signal") or "",
            q=asked.get("q") or "",
            after=asked.get("after"),
            before=asked.get("before"),
        )

    def opened(self) -> UUID | None:
        """The comment that the detail column shows, when the address names one."""
        self.is_valid()
        code: UUID | None = self.cleaned_data.get("open")
        return code


class ReplyCommentForm(forms.Form):
    """An answer that everybody can read."""

    reply_text = forms.CharField(
        label=_("Your answer"),
        max_length=REPLY_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NoteCaseForm(forms.Form):
    """A note for the team."""

    text = forms.CharField(
        label=_("Note"),
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For your team only. Names and decisions, not the abusive words."),
    )


class DismissCaseForm(forms.Form):
    """Why a case is no harassment."""

    reason = forms.CharField(
        label=_("Why is this not harassment?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AssignCaseForm(forms.Form):
    """Who works on a case."""

    member = forms.ChoiceField(label=_("Who works on it"), required=False)

    def __init__(self, *args: Any, members: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._members = {str(member.code): member for member in members}
        field = self.fields["member"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        field.choices = [
            ("", _("Nobody")),
            *((code, member.user.label) for code, member in self._members.items()),
        ]

    def assignee(self) -> Membership | None:
        """The chosen member, None for nobody."""
        return self._members.get(self.cleaned_data["member"])


class ExportEvidenceForm(forms.Form):
    """For whom a copy of the evidence is."""

    recipient = forms.CharField(
        label=_("For whom"),
        max_length=120,
        help_text=_("A name and an office, such as a law firm. It stands on every page."),
    )
