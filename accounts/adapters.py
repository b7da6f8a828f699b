"""allauth's policy: where people go, and that sign-up is only on the public host."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    """E-mail accounts of the public host."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The person's workspaces."""
        return reverse("workspaces")

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this host: a `next` never leads elsewhere."""
        return bool(url) and url_has_allowed_host_and_scheme(str(url), allowed_hosts=None)
