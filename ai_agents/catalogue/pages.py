"""The staff's pages: what answers cost, the same as a file, and whether providers answer."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.spreadsheets import neutral
from ai_agents.catalogue.drawing import draw_trend
from ai_agents.catalogue.forms import CostFilterForm
from ai_agents.models.ledger import Agent
from ai_agents.queries.costs import CostFilter, CostLine, cost_page, cost_rows
from ai_agents.queries.standings import provider_lines, worrying_models
from ai_agents.services.checking import last_check, promise_check

COLUMNS = ("day", "workspace", "provider", "model", "agent", "calls", "cost_usd")


def show_costs(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Sums, trend and tables of the filter in the address."""
    form = CostFilterForm(request.GET)
    wanted = form.chosen()
    page = cost_page(wanted)
    agents = dict(Agent.choices)
    tables = [
        (_("Workspace"), _linked(wanted, "workspace", page.workspaces)),
        (_("Provider"), _linked(wanted, "provider", page.providers)),
        (_("Model"), _linked(wanted, "model", page.models)),
        (_("Agent"), _linked(wanted, "agent", page.agents, agents)),
    ]
    context |= {
        "title": _("Costs of language models"),
        "form": form,
        "wanted": wanted,
        "page": page,
        "trend": draw_trend(page.days),
        "tables": tables,
        "query": _query(wanted),
    }
    return TemplateResponse(request, "admin/catalogue/costs.html", context)


def export_costs(request: HttpRequest) -> HttpResponseBase:
    """The rows behind the page as CSV: no cell of it is a formula for a spreadsheet."""
    wanted = CostFilterForm(request.GET).chosen()
    name = f"aura-ai-costs-{wanted.since}-{wanted.until}.csv"
    return StreamingHttpResponse(
        _lines(wanted),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def show_providers(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The chain as the environment has it now; POST has every provider asked, by a job."""
    if request.method == "POST":
        if promise_check():
            messages.success(request, _("The providers are being asked. Reload in some seconds."))
        else:
            messages.info(request, _("They are being asked already."))
        return redirect("admin:catalogue_providers")
    at, told = last_check()
    unpriced, retiring = worrying_models()
    context |= {
        "title": _("Do the language models answer?"),
        "lines": provider_lines(told),
        "checked_at": at,
        "unpriced": unpriced,
        "retiring": retiring,
    }
    return TemplateResponse(request, "admin/catalogue/providers.html", context)


def _query(wanted: CostFilter, **changes: str) -> str:
    given = {
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat(),
        **{name: getattr(wanted, name) for name in ("workspace", "provider", "model", "agent")},
        **changes,
    }
    return urlencode({name: value for name, value in given.items() if value})


def _linked(
    wanted: CostFilter, name: str, lines: tuple[CostLine, ...], words: dict[str, Any] | None = None
) -> list[tuple[CostLine, str, str]]:
    """Each line with its words and the address of the page about it alone."""
    return [
        (
            line,
            str((words or {}).get(line.key, line.label)) or _("All others"),
            _query(wanted, **{name: line.key}) if line.key else "",
        )
        for line in lines
    ]


def _lines(wanted: CostFilter) -> Iterator[str]:
    yield "\ufeff" + _cells(COLUMNS)
    for *names, cost in cost_rows(wanted):
        yield _cells((*names, f"{cost:f}"))  # 1E-12 is a number to no bookkeeper


def _cells(cells: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([neutral(cell) for cell in cells])
    return out.getvalue()
