"""How long authors stay known: kept with a reason, forgotten by a person or on their date."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Membership, Role, User
from harassment.models import AuthorHold, Case, CaseEvent, CaseSettings
from harassment.queries.authors import cases_of_author, forgettable_authors
from harassment.queries.clocks import case_settings
from harassment.services.casebook import CaseError, tell, write

JOB = "harassment.forget_authors"
LONGEST = timedelta(days=365)  # from today: then a person has to look again
FORGOTTEN_AT_ONCE = 200  # the next round takes the rest


def may_keep(membership: Membership) -> bool:
    """Whether the role decides how long an author is known."""
    return membership.role in {Role.OWNER, Role.MANAGER, Role.SAFETY_LEAD}


def is_any_due(settings: CaseSettings, now: datetime) -> bool:
    """Whether there is an author to forget."""
    return bool(forgettable_authors(settings, now))


@transaction.atomic
def keep_author(*, case: Case, days: int, reason: str, actor: User) -> AuthorHold:
    """Know the author of a case for `days` from today, with the reason; replaces an earlier one.

    Raises CaseError when there is no author or it is longer than a year. Pokes "case".
    """
    if not case.has_author:
        raise CaseError(_("This case has no author to keep."))
    if not 1 <= days <= LONGEST.days:
        raise CaseError(_("Choose between 1 and %(days)d days.") % {"days": LONGEST.days})
    hold, _is_new = AuthorHold.objects.update_or_create(
        platform=case.account.platform,
        author_external_id=case.author_external_id,
        defaults={
            "until": timezone.now() + timedelta(days=days),
            "reason": reason,
            "actor_id": actor.pk,
            "actor_label": actor.label[:80],
        },
    )
    data: dict[str, object] = {"days": days}
    write(case, CaseEvent.Kind.FORGOTTEN, actor, note=reason, data={**data, "is_kept": True})
    audit.record("harassment.author.kept", actor=actor, target=case.label, data=data)
    tell()
    return hold


@transaction.atomic
def forget_author(*, case: Case, actor: User) -> int:
    """Forget the author of a case now; how many cases that was. Raises CaseError while one is open.

    See `_forget` for what goes and what stays. Pokes "case".
    """
    if not case.has_author:
        raise CaseError(_("This case has no author to forget."))
    cases = list(cases_of_author(case).select_related("merged_into"))
    for one in cases:
        goes_on = one.merged_into if one.status == Case.Status.MERGED else one
        if goes_on and goes_on.is_open:
            raise CaseError(
                _("%(case)s is still open. Decide it before its author is forgotten.")
                % {"case": goes_on.label}
            )
    _forget(case.account.platform, case.author_external_id, actor)
    tell()
    return len(cases)


@transaction.atomic
def forget_due_authors() -> int:
    """Forget the authors whose review date has passed; how many.

    Safe to run twice. Pokes "case".
    """
    due = forgettable_authors(case_settings(), timezone.now())[:FORGOTTEN_AT_ONCE]
    for platform, author in due:
        _forget(platform, author, None)
    if due:
        tell()
    return len(due)


def _forget(platform: str, author: str, actor: User | None) -> None:
    """Cut the author's id and handle out of the cases, which stay and still belong together.

    Nobody can find out from them whom they were about, and what the same person writes later meets
    no memory. The comments themselves stay as the platform shows them, until they leave with their
    account; evidence is append-only and is erased item by item.
    """
    cases = list(
        Case.objects.filter(account__platform=platform, author_external_id=author)
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(
        author_external_id=f"{Case.GONE}{uuid.uuid4()}",
        author_handle="",
        takes_new=False,
        anonymised_at=timezone.now(),
    )
    AuthorHold.objects.filter(platform=platform, author_external_id=author).delete()
    for case in cases:
        write(case, CaseEvent.Kind.FORGOTTEN, actor)
    audit.record(
        "harassment.author.forgotten",
        actor=actor,
        data={"cases": [case.label for case in cases]},
    )
