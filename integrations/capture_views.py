"""Capturing by hand: how the extension is installed, what it sends, and the keys of people."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from integrations import capture_keys, extension
from integrations.services import captures


class CaptureTokenForm(forms.Form):
    """How a person calls the browser that gets the key."""

    name = forms.CharField(
        label=gettext_lazy("Name of the browser"),
        help_text=gettext_lazy("So that you know which key to revoke: “laptop”, “phone”."),
        max_length=60,
    )


@member(Grant.MODERATE)
@never_cache
@require_GET
def list_tokens(request: WorkspaceRequest) -> HttpResponse:
    """Install, send, revoke."""
    return _page(request, CaptureTokenForm())


@member(Grant.MODERATE)
@never_cache
@require_POST
def create_token(request: WorkspaceRequest) -> HttpResponse:
    """A new key, shown on this one answer and never again."""
    form = CaptureTokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        _token, plain = captures.create_token(
            name=form.cleaned_data["name"], member=request.membership, actor=request.user
        )
    except captures.CaptureTokenError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=409)
    return _page(request, CaptureTokenForm(), plain=plain)


@member(Grant.MODERATE)
@require_POST
def revoke_token(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """End one's own key; who manages the workspace may end anybody's."""
    token = get_object_or_404(capture_keys.tokens_for(request.membership), code=code)
    captures.revoke_token(token=token, actor=request.user)
    messages.success(request, _("The key is revoked. That browser can send nothing more."))
    return redirect("integrations:capture-list")


@member(Grant.MODERATE)
@require_GET
def download_extension(request: WorkspaceRequest) -> HttpResponse:
    """The extension as a zip, to be unpacked and loaded by hand."""
    response = HttpResponse(extension.packed(), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="aura-capture.zip"'
    return response


def _page(
    request: WorkspaceRequest, form: CaptureTokenForm, *, plain: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "plain": plain,
        "lines": capture_keys.token_lines(request.membership),
        "server": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "integrations/capture_list.html", context, status=status)
