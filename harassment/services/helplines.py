"""Saying in which country a creator lives, so that the right help lines are shown."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from harassment.models import Case, CreatorCountry


@transaction.atomic
def choose_country(*, case: Case, country: str, actor: User) -> None:
    """The creator behind the account of this case lives there; the last word counts."""
    CreatorCountry.objects.update_or_create(
        account=case.account,
        defaults={"country": country, "chosen_by_label": actor.label[:80]},
    )
    audit.record("harassment.country.chosen", actor=actor, target=case.label)
