"""The inbox views that a person keeps: saving one, opening with it, removing it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.forms import FilterInboxForm
from harassment.models import SavedView
from harassment.services import views as services
from harassment.triage_forms import SaveViewForm


@member(Grant.READ)
@require_http_methods(["GET", "POST"])
@never_cache
def save_view(request: WorkspaceRequest) -> HttpResponse:
    """Give a name to the filter that the address carries."""
    query = FilterInboxForm(request.GET).chosen().query()
    form = SaveViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_view(user=request.user, query=query, **form.cleaned_data)
        except services.ViewError as error:
            form.add_error(None, str(error))
        else:
            return _to_inbox(request, query)
    context = {
        "id": "view-save",
        "form": form,
        "action": reverse("harassment:view-save") + query,
        "title": _("Save this view"),
        "label": _("Save"),
        "target": "#view-save",
    }
    status = 422 if form.is_bound else 200
    template = "_view_save" if request.htmx else "view_save"
    return render(request, f"harassment/{template}.html", context, status=status)


@member(Grant.READ)
@require_POST
def begin_with_view(request: WorkspaceRequest) -> HttpResponse:
    """Open the inbox with it from now on, or no longer."""
    view = _own(request)
    if view:
        services.begin_with_view(view=view)
    return _to_inbox(request, view.query if view else "")


@member(Grant.READ)
@require_POST
def remove_view(request: WorkspaceRequest) -> HttpResponse:
    """Forget it. Twice is as once."""
    view = _own(request)
    if view:
        services.remove_view(view=view)
        messages.success(request, _("The view is removed. The comments are all still there."))
    return _to_inbox(request, "?view=needs")


def _own(request: WorkspaceRequest) -> SavedView | None:
    """The person's own view that the form names; nobody reaches somebody else's."""
    try:
        code = UUID(request.POST.get("view", ""))
    except ValueError:
        return None
    return SavedView.objects.filter(code=code, user_id=request.user.pk).first()


def _to_inbox(request: WorkspaceRequest, query: str) -> HttpResponse:
    url = reverse("harassment:inbox") + query
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
