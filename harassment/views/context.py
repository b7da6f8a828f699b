"""One line of context about a comment's author, and only from several creators on."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries.comments import comment_for
from harassment.queries.roster import is_on_roster


@member(Grant.READ)
@require_GET
@never_cache
def show_context(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Whether its author attacks several creators of this workspace; never which or how many."""
    comment = comment_for(request.membership, code)
    context = {"code": code, "is_on_roster": is_on_roster(comment)}
    name = "_comment_context" if request.htmx else "comment_context"
    return render(request, f"harassment/{name}.html", context)
