"""What a manager decides about a chatbot, and what is written to one."""

import re
import uuid
from typing import Any, cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ai_agents.models import Chatbot
from ai_agents.queries.chatbots import deployments
from ai_agents.services.talks import MESSAGE_MOST

ORIGINS_MOST = 10
PROMPT_MOST = 4_000
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?")
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|[a-z0-9-]+\.localhost)(?::\d{1,5})?")


class ChatbotForm(forms.ModelForm[Chatbot]):
    """A bot as a person describes it; `fields_told` is what becomes of the row."""

    deployment = forms.ChoiceField(
        label=_("Model"),
        required=False,
        help_text=_("When it does not answer, the others of this server are asked in their order."),
    )
    system_prompt = forms.CharField(
        label=_("What it should know about itself"),
        required=False,
        max_length=PROMPT_MOST,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": PROMPT_MOST}),
        help_text=_(
            "How it speaks, and about what. It cannot lift Aura's rules. Write no secrets here:"
            " a visitor may get it to repeat them."
        ),
    )
    temperature = forms.DecimalField(
        label=_("Temperature"),
        min_value=0,
        max_value=1,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"step": "0.1"}),
        help_text=_("0 says the same each time, 1 varies most."),
    )
    max_tokens = forms.IntegerField(
        label=_("Longest answer, in tokens"),
        min_value=50,
        max_value=2_000,
        help_text=_("A token is about four letters."),
    )
    month_limit = forms.IntegerField(
        label=_("Most answers to visitors a month"),
        min_value=0,
        max_value=1_000_000,
        help_text=_("They also count among the requests of the workspace."),
    )
    origins = forms.CharField(
        label=_("Websites that may show it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://www.example.com"}),
        help_text=_("One address a line, without a path: https://www.example.com"),
    )
    keep_days = forms.IntegerField(
        label=_("Days that conversations are kept"), min_value=1, max_value=365
    )

    class Meta:
        model = Chatbot
        fields = [
            "name",
            "description",
            "system_prompt",
            "deployment",
            "temperature",
            "max_tokens",
            "month_limit",
            "origins",
            "keep_days",
            "is_active",
        ]
        labels = {
            "name": _("Name"),
            "description": _("What it is for"),
            "is_active": _("It answers visitors"),
        }
        help_texts = {
            "name": _("Visitors see it."),
            "description": _("Visitors read it before they write."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A new one begins with what the model holds for usual.
        instance = kwargs["instance"] = kwargs.get("instance") or Chatbot()
        kwargs["initial"] = {"origins": "\n".join(instance.origins)} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        chosen = instance.deployment
        known = deployments()
        if chosen and chosen not in dict(known):
            known.append((chosen, chosen))  # its key is gone; the form must not lose it silently
        cast("forms.ChoiceField", self.fields["deployment"]).choices = [
            ("", _("The first of this server that answers")),
            *known,
        ]

    def clean_origins(self) -> list[str]:
        """Each as browsers write it; nothing that could say more than one website."""
        found: list[str] = []
        for line in self.cleaned_data["origins"].split():
            origin = _origin(line)
            if origin is None:
                raise forms.ValidationError(
                    _("%(line)s is no address of a website. Write https:// and its name alone."),
                    params={"line": line[:80]},
                )
            if origin not in found:
                found.append(origin)
        if len(found) > ORIGINS_MOST:
            raise forms.ValidationError(_("Ten websites at most."))
        return found

    def fields_told(self) -> dict[str, Any]:
        """The values of the row's fields."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class DocumentForm(forms.Form):
    """One file for a bot to quote."""

    file = forms.FileField(
        label=_("PDF, text or Markdown"),
        max_length=400,
        help_text=_("Its words may be told to any visitor: upload nothing confidential."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.txt,.md,.markdown"}),
    )


class MessageForm(forms.Form):
    """What is written to a bot; `key` makes a form that is sent twice one message."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    message = forms.CharField(
        label=_("Your message"),
        max_length=MESSAGE_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MESSAGE_MOST}),
    )
    conversation = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4())


def _origin(line: str) -> str | None:
    """The origin of an address, or None: https, and http on this machine alone."""
    try:
        parts = urlsplit(line.strip().lower())
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc
    if parts.path not in {"", "/"} or parts.query or parts.fragment or not _HOST.fullmatch(host):
        return None
    if parts.scheme == "http":
        is_here = not settings.IS_HTTPS and _LOOPBACK.fullmatch(host)
        return f"http://{host}" if is_here else None
    if parts.scheme != "https" or ".." in host or port == 0:
        return None
    return f"https://{host.removesuffix(':443')}"
