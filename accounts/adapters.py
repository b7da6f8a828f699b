"""allauth's policy: where people go, and that sign-up is only on the public host."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    """E-mail accounts of the public host."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The person's workspaces."""
        return reverse("workspaces")

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """On the public address of the settings: a forged Host never gets into a mail."""
        return settings.PUBLIC_BASE_URL + reverse(
            "account_confirm_email", args=[emailconfirmation.key]
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On the public address of the settings, as above."""
        uid, _, token = key.partition("-")
        return settings.PUBLIC_BASE_URL + reverse(
            "account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}
        )

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this host: a `next` never leads elsewhere."""
        return bool(url) and url_has_allowed_host_and_scheme(str(url), allowed_hosts=None)
