"""Sign-in by e-mail; users are always read from the public schema."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts import tenancy
from accounts.models import User


class EmailBackend(AuthenticationBackend):
    """allauth's backend, outside every workspace."""

    def get_user(self, user_id: Any) -> User | None:
        """The active user, or None."""
        with tenancy.public():
            user: User | None = super().get_user(user_id)
            return user
