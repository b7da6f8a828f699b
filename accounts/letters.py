"""Plain letters by e-mail: a subject and a body from templates, in the reader's language."""

from typing import Any

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation


def send_letter(*, to: str, language: str, template: str, context: dict[str, Any]) -> None:
    """Send `template`-subject.txt and `template`-body.txt to one address.

    Raises what the mail server's refusal raises: the caller's job tries again.
    """
    with translation.override(language):
        subject = render_to_string(f"{template}-subject.txt", context)
        body = render_to_string(f"{template}-body.txt", context)
    send_mail(" ".join(subject.split()), body, None, [to])
