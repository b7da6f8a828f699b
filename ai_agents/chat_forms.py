"""What a person writes to the assistant."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ai_agents.question_forms import TEXT_MOST


class ChatForm(forms.Form):
    """One message; `key` makes a form that is sent twice one message."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your message"),
        max_length=TEXT_MOST,
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "maxlength": TEXT_MOST,
                "placeholder": _("Ask about your videos, figures or what to make next"),
            }
        ),
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"), choices=[("fr", "Français"), ("en", "English")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4())
