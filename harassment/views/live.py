"""The live page: a chat while it runs, in counts and masked messages, with the coach beside it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.charts import columns
from harassment.queries.streams import Stream, stream_page, stream_rows, streams_on_air

PARTS = ("figures", "chat")
SHOWN = ("all", "masked", "questions")


@member(Grant.READ)
@require_GET
@never_cache
def show_live(request: WorkspaceRequest) -> HttpResponse:
    """The stream that runs, or how one begins. For htmx only whether one has begun meanwhile."""
    streams = streams_on_air(request.membership)
    if request.htmx:
        return HttpResponseClientRefresh() if streams else HttpResponse(status=204)
    stream = _chosen(request, streams) or next(iter(streams), None)
    context: dict[str, Any] = {"streams": streams, "stream": stream}
    if stream is not None:
        context |= _figures(stream) | _chat(request, stream)
    return render(request, "harassment/live.html", context)


@member(Grant.READ)
@require_GET
@never_cache
def show_live_part(request: WorkspaceRequest, part: str) -> HttpResponse:
    """One part of the page, asked again while the stream runs; its end reloads the page."""
    if part not in PARTS:
        raise Http404
    if not request.htmx:
        return redirect("harassment:live")
    stream = _chosen(request, streams_on_air(request.membership))
    if stream is None:
        return HttpResponseClientRefresh()
    context = {"stream": stream, **(_figures(stream) if part == "figures" else {})}
    if part == "chat":
        context |= _chat(request, stream)
    return render(request, f"harassment/_live_{part}.html", context)


def _chosen(request: WorkspaceRequest, streams: list[Stream]) -> Stream | None:
    """The stream of the account that was asked for, else the newest one."""
    try:
        asked = UUID(request.GET.get("account", ""))
    except ValueError:
        return next(iter(streams), None)
    return next((stream for stream in streams if stream.account_code == asked), None)


def _figures(stream: Stream) -> dict[str, Any]:
    page = stream_page(stream)
    before = page.figures.before
    minutes = [(one.at, one.messages, one.masked) for one in page.minutes]
    return {
        "page": page,
        "drawing": columns([(timezone.localtime(at), n, masked) for at, n, masked in minutes]),
        "rate": round(page.figures.now.rate),
        "rate_before": round(before.rate) if before.minutes else None,
        "rates": [one.messages for one in page.minutes],
        "masked_drawn": sum(one.masked for one in page.minutes),
        "messages_drawn": sum(one.messages for one in page.minutes),
    }


def _chat(request: WorkspaceRequest, stream: Stream) -> dict[str, Any]:
    show = request.GET.get("show", "")
    show = show if show in SHOWN else SHOWN[0]
    return {"show": show, "rows": stream_rows(stream, show)}
