"""Which cases belong together: merged ones, parts, links."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import Membership
from harassment.models import Case, CaseLink, CaseMerge, Incident

AuthorKey = tuple[int, str]  # account, author on its platform
CHOICES = 100  # cases that a form offers; the gravest come first
PARTS_SHOWN = 200  # flagged comments that the form for a split offers


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """A case beside this one. `how`: merged, into, part, from or link."""

    case: Case
    how: str
    note: str = ""


def merged_authors(keys: Collection[AuthorKey]) -> dict[AuthorKey, AuthorKey]:
    """Whose case goes on for authors whose own open one was merged: one query, two for some."""
    merged = {
        (account_id, author): (account_id, into)
        for account_id, author, into in Case.objects.filter(
            account_id__in={account_id for account_id, _ in keys},
            author_external_id__in={author for _, author in keys},
            status=Case.Status.MERGED,
            merged_into__status__in=Case.OPEN,
            merged_into__takes_new=True,
        )
        .order_by("pk")
        .values_list("account_id", "author_external_id", "merged_into__author_external_id")
    }
    if not merged:
        return {}
    # Somebody who has a case of their own again keeps it.
    own = (
        Case.objects.open()
        .filter(
            account_id__in={account_id for account_id, _ in merged},
            author_external_id__in={author for _, author in merged},
            takes_new=True,
        )
        .values_list("account_id", "author_external_id")
    )
    for key in own:
        merged.pop(key, None)
    return merged


def merge_targets(case: Case, membership: Membership) -> QuerySet[Case]:
    """Open cases on the same account that this one may be merged into."""
    return (
        Case.objects.visible_to(membership)
        .open()
        .filter(account_id=case.account_id)
        .exclude(pk=case.pk)
        .annotate(flagged=Count("incidents"))
        .order_by("-severity", "-last_incident_at", "-number")[:CHOICES]
    )


def case_by_number(membership: Membership, number: int) -> Case | None:
    """The case that people call AUR-0012, when the person may see it."""
    return Case.objects.visible_to(membership).filter(number=number).first()


def related_cases(case: Case, membership: Membership) -> list[RelatedCase]:
    """Everything beside a case that the person may see: three queries."""
    visible = Case.objects.visible_to(membership)
    beside = visible.filter(
        Q(merged_into=case)
        | Q(split_from=case)
        | Q(pk__in=[case.merged_into_id, case.split_from_id])
    ).order_by("-number")
    found = [RelatedCase(one, _how(case, one)) for one in beside[:CHOICES]]
    links = (
        CaseLink.objects.filter(Q(first=case) | Q(second=case))
        .filter(first__in=visible, second__in=visible)
        .select_related("first", "second")
    )
    for link in links[:CHOICES]:
        other = link.second if link.first_id == case.pk else link.first
        found.append(RelatedCase(other, "link", link.note))
    return found


def standing_merge(case: Case) -> CaseMerge | None:
    """The merge that took this case into another one, as long as it stands."""
    return CaseMerge.objects.select_related("target").filter(source=case, undone_at=None).first()


def splittable(case: Case) -> list[Incident]:
    """Its newest flagged comments, those of one author beside each other."""
    incidents = Incident.objects.filter(case=case).select_related("comment")
    newest = list(incidents.order_by("-comment__published_at", "-pk")[:PARTS_SHOWN])
    if case.has_author:
        return newest
    first: dict[str, int] = {}
    for place, incident in enumerate(newest):
        first.setdefault(incident.comment.author_external_id, place)
    return sorted(newest, key=lambda one: first[one.comment.author_external_id])


def _how(case: Case, other: Case) -> str:
    if other.pk == case.merged_into_id:
        return "into"
    if other.pk == case.split_from_id:
        return "from"
    return "merged" if other.merged_into_id == case.pk else "part"
