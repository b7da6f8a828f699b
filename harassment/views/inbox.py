"""The inbox: three columns, filters in the address."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import LANGUAGES, SIGNALS, FilterInboxForm
from harassment.queries.backlog import scoring_backlog
from harassment.queries.inbox import (
    VIEWS,
    InboxFilter,
    InboxPage,
    inbox_accounts,
    inbox_page,
    inbox_views,
    new_since,
    without_paging,
)


@member(Grant.READ)
@require_GET
@never_cache
def inbox(request: WorkspaceRequest) -> HttpResponse:
    """Views, one page of comments, and the place where one of them is shown."""
    form = FilterInboxForm(request.GET)
    chosen = form.chosen()
    views, saved = inbox_views(request.membership)
    start = next((view for view in saved if view.is_default), None)
    if start and not request.GET:  # the address says what is shown, also for this one
        return redirect(reverse("harassment:inbox") + start.query)
    page = inbox_page(request.membership, chosen)
    counts = {view.name: view.count for view in views}
    context = {
        "chosen": chosen,
        "page": page,
        "views": views,
        "may_decide": request.membership.may(Grant.TRIAGE),
        "saved": saved,
        "saved_here": next((view for view in saved if view.query == chosen.query()), None),
        "accounts": inbox_accounts(request.membership),
        "languages": LANGUAGES,
        "signals": SIGNALS,
        "heading": VIEWS[chosen.view],
        "count": None if chosen.has_filters else counts[chosen.view],
        "top": without_paging(chosen).query(),
        "opened": form.opened() or (page.first.code if page.first else None),
        "current": form.opened(),
        "newer_url": _paging(chosen, "before", page),
        "older_url": _paging(chosen, "after", page),
    }
    if request.htmx:
        return render(request, "harassment/_inbox.html", context)
    if not (chosen.after or chosen.before):  # said once, at the top of the list
        context["backlog"] = scoring_backlog(request.membership)
    return render(request, "harassment/inbox.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def inbox_new(request: WorkspaceRequest) -> HttpResponse:
    """How many comments came since the page was made; the list itself does not move."""
    chosen = FilterInboxForm(request.GET).chosen()
    try:
        since = parse_datetime(request.GET.get("since", ""))
    except ValueError:
        since = None
    count = new_since(request.membership, chosen, since) if since and is_aware(since) else 0
    context = {
        "chosen": chosen,
        "count": count,
        "since": request.GET.get("since", ""),
        "top": without_paging(chosen).query(),
    }
    return render(request, "harassment/_inbox_new.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def show_backlog(request: WorkspaceRequest) -> HttpResponse:
    """How far judging is behind, for the line above the list; asked again while it is there."""
    if not request.htmx:
        return redirect("harassment:inbox")
    context = {"backlog": scoring_backlog(request.membership)}
    return render(request, "harassment/_backlog.html", context)


def _paging(chosen: InboxFilter, way: str, page: InboxPage) -> str:
    code = page.newer if way == "before" else page.older
    return chosen.query(**{way: code}) if code else ""
