"""What people may ask and write on the protection pages."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.models import Report, Shield
from harassment.queries.inbox import VIEWS, InboxFilter
from harassment.queries.reports import Offered
from harassment.reports.catalogue import grounds
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM
from harassment.rules.wording import LANGUAGE_WORDS, SIGNAL_WORDS
from harassment.services.erasures import AUTHOR, WHOLE, WORDS
from integrations.models import SocialAccount

REPORT_MAX_CHARACTERS = 8_000
REPLY_MAX_CHARACTERS = 10_000  # YouTube's own limit
LANGUAGES = [("", _("Language")), *LANGUAGE_WORDS.items()]
# A disguise is a condition of rules; the inbox does not ask for it.
SIGNALS = [("", _("Signal")), *((s, w) for s, w in SIGNAL_WORDS.items() if s != "disguise")]


class FilterInboxForm(forms.Form):
    """The filters of the inbox, from its address."""

    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False)
    account = forms.UUIDField(required=False)
    language = forms.ChoiceField(choices=LANGUAGES, required=False)
    signal = forms.ChoiceField(choices=SIGNALS, required=False)
    q = forms.CharField(max_length=100, required=False)
    by = forms.UUIDField(required=False)
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
            by=asked.get("by"),
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


class BeginReportForm(forms.Form):
    """Which report to draft, and in which language."""

    kind = forms.ChoiceField(label=_("Which one"), choices=Report.Kind.choices)
    report_language = forms.ChoiceField(
        label=_("Its language"), choices=[("fr", "Français"), ("en", "English")]
    )


class EditReportForm(forms.Form):
    """What a person writes into a report; the draft may be incomplete, approval may not."""

    recipient = forms.CharField(
        label=_("For whom"),
        max_length=120,
        required=False,
        help_text=_("It stands on every page."),
    )
    addresses = forms.CharField(
        label=_("Exact addresses, one a line"),
        max_length=REPORT_MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
        help_text=_("Each leads to one comment. They come from the sealed items."),
    )
    ground = forms.ChoiceField(label=_("What is alleged"), required=False)
    why = forms.CharField(
        label=_("Reasoned explanation"),
        max_length=REPORT_MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What was observed, and why it is alleged to be unlawful. Not the words."),
    )
    harm = forms.CharField(
        label=_("Harm"),
        max_length=REPORT_MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In the words of the person concerned: health, work, family, safety."),
    )
    asked = forms.CharField(
        label=_("What is asked"),
        max_length=REPORT_MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sender_name = forms.CharField(label=_("Name"), max_length=120, required=False)
    sender_email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("The answer arrives there; write it down here."),
    )
    is_nameless = forms.BooleanField(
        label=_("Send it without a name"),
        required=False,
        help_text=_("Only for sexual abuse of a child (Directive 2011/93/EU, Articles 3 to 7)."),
    )
    is_good_faith = forms.BooleanField(
        label=_("I believe in good faith that this information is accurate and complete."),
        required=False,
    )
    has_words = forms.BooleanField(
        label=_("Quote the words in the PDF"),
        required=False,
        help_text=_("They stay masked on this page."),
    )
    language = forms.ChoiceField(
        label=_("Its language"), choices=[("fr", "Français"), ("en", "English")]
    )
    items = forms.TypedMultipleChoiceField(coerce=int, required=False)

    _UNUSED: ClassVar[dict[str, frozenset[str]]] = {
        NOTICE: frozenset({"harm", "asked", "has_words"}),
        PLATFORM: frozenset(
            {"harm", "asked", "has_words", "sender_name", "sender_email", "is_nameless",
             "is_good_faith"}
        ),
        COMPLAINT: frozenset({"asked", "is_nameless", "is_good_faith"}),
        BRIEF: frozenset({"is_nameless", "is_good_faith"}),
    }  # fmt: skip

    def __init__(self, *args: Any, kind: str, offered: Sequence[Offered], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered  # what `items` may name
        for name in self._UNUSED[kind]:
            del self.fields[name]
        ground, items = self.fields["ground"], self.fields["items"]
        assert isinstance(ground, forms.ChoiceField)  # noqa: S101  (narrows the type)
        assert isinstance(items, forms.ChoiceField)  # noqa: S101
        language = get_language() or "en"
        ground.choices = [("", "—")] + [
            (slug, one.label(language)) for slug, one in grounds().items()
        ]
        items.choices = [(one.number, str(one.number)) for one in offered]


class SendReportForm(forms.Form):
    """When and under which number a person sent it."""

    sent_on = forms.DateField(label=_("Sent on"), widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(
        label=_("Their reference"), max_length=120, required=False,
        help_text=_("The number that the other side gave it, if any."),
    )  # fmt: skip

    def clean_sent_on(self) -> date:
        """Not in the future: nobody has sent it then."""
        day: date = self.cleaned_data["sent_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("That day has not come yet."))
        return day


class AnswerReportForm(forms.Form):
    """What came back."""

    outcome = forms.ChoiceField(label=_("What came back"), choices=Report.Outcome.choices)
    answer = forms.CharField(
        label=_("In short"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class ShieldForm(forms.Form):
    """For how long the shield goes up, for which accounts, and whether the platform is asked."""

    HOURS = ((4, _("4 hours")), (12, _("12 hours")), (24, _("1 day")), (72, _("3 days")))

    hours = forms.TypedChoiceField(label=_("For how long"), choices=HOURS, coerce=int, initial=12)
    account = forms.ChoiceField(label=_("For which account"), required=False)
    is_hiding = forms.BooleanField(
        label=_("Also hide on the platform what is held, and show it again at the end"),
        required=False,
        help_text=_("Only where the platform lets Aura undo it exactly. Evidence is kept first."),
    )
    origin = forms.ChoiceField(
        choices=Shield.Origin.choices, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, accounts: Iterable[SocialAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._accounts = {str(account.code): account for account in accounts}
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        names = [(code, str(account)[:60]) for code, account in self._accounts.items()]
        field.choices = [("", _("All connected accounts")), *names]

    def chosen(self) -> list[SocialAccount]:
        """The named account, or all of them."""
        code = self.cleaned_data["account"]
        return [self._accounts[code]] if code else list(self._accounts.values())


class EraseEvidenceForm(forms.Form):
    """Which part of a sealed item goes for good, and why."""

    part = forms.ChoiceField(
        label=_("What goes"),
        choices=[
            (WHOLE, _("Everything that was captured")),
            (AUTHOR, _("Who wrote it")),
            (WORDS, _("The words, earlier wordings and the thread")),
        ],
        widget=forms.RadioSelect,
        initial=WHOLE,
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Written down for good, with your name. No names of others, no words."),
    )
    is_sure = forms.BooleanField(label=_("I know that this cannot be undone."))
