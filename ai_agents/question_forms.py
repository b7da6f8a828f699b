"""What a person asks: one form, of which each operation shows its own fields."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ai_agents.agents import OPERATIONS
from ai_agents.agents.content import MOST_CHARACTERS, NAMES
from ai_agents.agents.messaging import INTENTS

TEXT_MOST = 2_000
MONEY_MOST = 1_000_000
PEOPLE_MOST = 1_000_000_000
FREE = ("text", "language")  # a question of which nobody has said who answers it
OPTIONAL_TEXT = {"performance", "sales"}
TEXT_LABELS = {
    "": (_("Your question"), _("For example: ideas for a video about bread, or how it is going.")),
    "performance": (_("Your question"), _("Leave it empty to hear what stands out.")),
    "sales": (_("What you sell"), _("A few words; leave them out if you like.")),
    "reply": (
        _("The message you received"),
        _("A separate reader sorts it; whoever writes the drafts never sees it."),
    ),
}


class QuestionForm(forms.Form):
    """One question; `key` makes a form that is sent twice one question."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What is it about?"),
        max_length=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": TEXT_MOST}),
    )
    platforms = forms.MultipleChoiceField(
        label=_("Networks"),
        choices=[(name, NAMES[name]) for name in MOST_CHARACTERS],
        widget=forms.CheckboxSelectMultiple,
    )
    tone = forms.ChoiceField(
        label=_("Tone"),
        choices=[
            ("warm", _("Warm")),
            ("playful", _("Playful")),
            ("calm", _("Calm")),
            ("serious", _("Serious")),
            ("short", _("Short")),
        ],
    )
    intent = forms.ChoiceField(label=_("What the reply should do"), choices=list(INTENTS.items()))
    price = forms.DecimalField(
        label=_("Price"), min_value=0, max_value=MONEY_MOST, decimal_places=2, required=False
    )
    buyers = forms.IntegerField(
        label=_("Buyers a month"), min_value=0, max_value=PEOPLE_MOST, required=False
    )
    visitors = forms.IntegerField(
        label=_("Visitors a month"), min_value=0, max_value=PEOPLE_MOST, required=False
    )
    growth = forms.DecimalField(
        label=_("Growth of buyers a month, in per cent"),
        min_value=-100,
        max_value=100,
        decimal_places=1,
        required=False,
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"), choices=[("fr", "Français"), ("en", "English")]
    )

    def __init__(self, *args: Any, operation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = OPERATIONS[operation].fields if operation else FREE
        for name in [name for name in self.fields if name not in {"key", *shown}]:
            del self.fields[name]
        if "text" in self.fields:
            self.fields["text"].required = operation not in OPTIONAL_TEXT
            if operation in TEXT_LABELS:
                self.fields["text"].label, self.fields["text"].help_text = TEXT_LABELS[operation]
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4())

    def inputs(self) -> dict[str, Any]:
        """The answers as a row keeps them: plain values, without the key and what is empty."""
        told = {}
        for name, value in self.cleaned_data.items():
            if name not in {"key", "language"} and value not in (None, "", []):
                told[name] = value if isinstance(value, str | list) else str(value)
        return told
