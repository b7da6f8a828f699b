"""The inbox views that people keep for themselves."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from harassment.models import SavedView

MOST = 20  # of one person: more would be a list nobody reads


class ViewError(Exception):
    """The view was not kept; the message is for the person."""


@transaction.atomic
def save_view(*, user: User, name: str, query: str, is_default: bool) -> SavedView:
    """Keep a filter under a name; a view of that name (in any case) is replaced.

    True afterwards: with `is_default` it is the only one the inbox opens with. Raises ViewError
    when the person has MOST already.
    """
    own = SavedView.objects.filter(user_id=user.pk)
    known = own.select_for_update().filter(name__iexact=name).first()
    if known is None and own.count() >= MOST:
        raise ViewError(_("You have %(most)d views. Remove one first.") % {"most": MOST})
    if is_default:
        own.update(is_default=False)
    if known is None:
        return SavedView.objects.create(
            user_id=user.pk, name=name, query=query, is_default=is_default
        )
    known.name, known.query, known.is_default = name, query, is_default
    known.save(update_fields=["name", "query", "is_default"])
    return known


@transaction.atomic
def begin_with_view(*, view: SavedView) -> None:
    """Have the inbox open with it, or no longer if it did."""
    is_default = not view.is_default
    SavedView.objects.filter(user_id=view.user_id).update(is_default=False)
    SavedView.objects.filter(pk=view.pk).update(is_default=is_default)


@transaction.atomic
def remove_view(*, view: SavedView) -> None:
    """Forget it; the comments stay as they are."""
    view.delete()
