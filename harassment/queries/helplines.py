"""Which help lines belong beside a case: by what was observed and by the creator's country."""

from dataclasses import dataclass
from datetime import date

from accounts import tenancy
from accounts.models import User
from harassment.helplines import HelpLine, guessed_country, help_lines, needs_of, register
from harassment.models import Case, CreatorCountry, Incident, Target


@dataclass(frozen=True, slots=True)
class HelpCard:
    """The lines to show, for which country, and whether a person chose that country."""

    lines: tuple[tuple[HelpLine, str], ...]  # with its text in the reader's language
    country: str
    country_name: str
    is_chosen: bool
    choices: tuple[tuple[str, str], ...]
    reviewed: date
    is_stale: bool


def help_card(case: Case, *, reader: User, today: date) -> HelpCard | None:
    """The card of a grave case, None for any other; three queries at most.

    The country that a person chose counts; else the time zone of the creator whose account it is,
    else the reader's.
    """
    incidents = Incident.objects.filter(case=case).exclude(state=Incident.State.DISMISSED)
    rows = incidents.order_by().values_list("kinds", "target").distinct()
    kinds = {kind for names, _ in rows for kind in names}
    needs = needs_of(kinds, is_about_family=any(target == Target.FAMILY for _, target in rows))
    if not needs:
        return None
    language = reader.language
    chosen = CreatorCountry.objects.filter(account=case.account_id).first()
    country = chosen.country if chosen else guessed_country(_zone(case, reader), language)
    known = register()
    return HelpCard(
        lines=tuple((line, line.text(language)) for line in help_lines(country, needs)),
        country=country,
        country_name=known.countries[country].name(language),
        is_chosen=bool(chosen),
        choices=tuple((code, one.name(language)) for code, one in known.countries.items()),
        reviewed=known.reviewed,
        is_stale=today > known.review,
    )


def _zone(case: Case, reader: User) -> str:
    if case.account.owner_id in {None, reader.pk}:
        return reader.timezone
    with tenancy.public():
        owner = User.objects.filter(pk=case.account.owner_id).values_list("timezone").first()
    return owner[0] if owner else reader.timezone
