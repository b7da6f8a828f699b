"""Whether a report is complete: each point by itself, with a sentence and the field to go to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from harassment.reports.composing import form_text
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM, Facts

WHY_FROM = 80  # characters: less is no explanation that anybody could act on
# Words that state guilt as a fact, in the two languages of the reports.
_GUILT = re.compile(
    r"\b(?:guilty|culprits?|criminals?|offenders?|perpetrators?|coupables?|criminel(?:le)?s?"
    r"|délinquant(?:e)?s?|auteurs? de l\W\s?infraction)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One point: what it is about, what is wrong (nothing when it holds), where to mend it."""

    title: str
    problem: str
    field: str

    @property
    def is_met(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


def checks(facts: Facts) -> tuple[Check, ...]:
    """Every point that this kind of report needs, in the order of the page."""
    wanted: dict[str, tuple[_Point, ...]] = {
        NOTICE: (_addresses, _ground, _why, _sender, _good_faith, _items, _wording),
        PLATFORM: (_addresses, _ground, _length, _items, _wording),
        COMPLAINT: (_ground, _why, _harm, _sender, _items, _wording),
        BRIEF: (_recipient, _asked, _why, _sender, _items, _wording),
    }
    return tuple(point(facts) for point in wanted[facts.kind])


_Point = Callable[[Facts], Check]


def _addresses(facts: Facts) -> Check:
    return Check(_("Exact address of each comment"), _addresses_problem(facts), "addresses")


def _addresses_problem(facts: Facts) -> str:
    if not facts.addresses:
        return _("Name the exact address of the comment.")
    posts = {item.post_address for item in facts.items if item.post_address}
    for address in facts.addresses:
        host = _host(address)
        if not host:
            return _("“%(address)s” is not a web address.") % {"address": address[:60]}
        if address in posts:
            return _("An address leads to the post, not to the comment.")
        form = facts.form
        if form and not any(f".{host}".endswith(f".{known}") for known in form.hosts):
            return _("“%(host)s” is not an address of %(platform)s.") % {
                "host": host,
                "platform": form.label,
            }
        if form and form.marks and not any(mark in address for mark in form.marks):
            return _("An address lacks the part that names the comment.")
    known = {*facts.addresses}
    lost = [item.number for item in facts.items if item.address not in known]
    if lost and len(facts.addresses) < len(facts.items):
        numbers = ", ".join(str(number) for number in lost)
        return _("No address for item %(numbers)s.") % {"numbers": numbers}
    return ""


def _host(address: str) -> str:
    """The host of an http(s) address; empty for anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""


def _ground(facts: Facts) -> Check:
    problem = "" if facts.ground else _("Say what is alleged.")
    return Check(_("What is alleged"), problem, "ground")


def _why(facts: Facts) -> Check:
    short = len(facts.why.strip()) < WHY_FROM
    problem = (
        _("Explain in at least %(count)d characters what was observed and why it is alleged.")
        % {"count": WHY_FROM}
        if short
        else ""
    )
    return Check(_("Reasoned explanation"), problem, "why")


def _length(facts: Facts) -> Check:
    most = facts.form.characters if facts.form else 500
    count = len(form_text(facts))
    problem = ""
    if not facts.why.strip():
        problem = _("Explain what was observed.")
    elif count > most:
        problem = _("The text for the form has %(count)d characters, %(most)d fit.") % {
            "count": count,
            "most": most,
        }
    return Check(_("Text that fits into the form"), problem, "why")


def _sender(facts: Facts) -> Check:
    title = _("Name and e-mail address of who sends it")
    if facts.is_nameless:
        if facts.kind == NOTICE and facts.ground and facts.ground.nameless:
            return Check(title, "", "is_nameless")
        return Check(
            title,
            _("Only for sexual abuse of a child may a notice be sent without a name."),
            "is_nameless",
        )
    if not facts.sender_name.strip():
        return Check(title, _("A name is missing."), "sender_name")
    try:
        validate_email(facts.sender_email)
    except ValidationError:
        return Check(title, _("An e-mail address is missing."), "sender_email")
    return Check(title, "", "sender_name")


def _good_faith(facts: Facts) -> Check:
    problem = "" if facts.is_good_faith else _("A person has to state it.")
    return Check(_("Statement of good faith"), problem, "is_good_faith")


def _harm(facts: Facts) -> Check:
    problem = "" if facts.harm.strip() else _("Describe the harm in the person's own words.")
    return Check(_("Harm"), problem, "harm")


def _recipient(facts: Facts) -> Check:
    problem = "" if facts.recipient.strip() else _("Say for whom it is.")
    return Check(_("For whom"), problem, "recipient")


def _asked(facts: Facts) -> Check:
    problem = "" if facts.asked.strip() else _("Say what they are asked to do.")
    return Check(_("What is asked"), problem, "asked")


def _items(facts: Facts) -> Check:
    title = _("Sealed items, chain intact")
    if not facts.items:
        return Check(title, _("Choose at least one sealed item."), "items")
    broken = [item.number for item in facts.items if not item.is_intact]
    if broken:
        numbers = ", ".join(str(number) for number in broken)
        return Check(title, _("Item %(numbers)s is not intact.") % {"numbers": numbers}, "items")
    return Check(title, "", "items")


def _wording(facts: Facts) -> Check:
    found = _GUILT.search(" ".join((facts.why, facts.harm, facts.asked)))
    problem = (
        _("“%(word)s” states guilt as a fact. Write what was observed or is alleged.")
        % {"word": found.group()}
        if found
        else ""
    )
    return Check(_("Alleged and observed, never guilt"), problem, "why")
