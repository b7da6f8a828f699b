"""What a person decides about an import that waits or runs."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from integrations.models import ImportRun
from integrations.services import imports


@member(Grant.MODERATE)
@require_POST
def choose_parts(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take the ticked parts of an export that was surveyed."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.membership), code=code)
    try:
        imports.choose_parts(run=run, parts=request.POST.getlist("part"), actor=request.user)
    except imports.ImportStateError as error:
        messages.error(request, str(error))
    except ValueError:
        messages.error(request, _("Choose at least one of the parts that are offered."))
    return redirect("integrations:import-detail", code=run.code)


@member(Grant.MODERATE)
@require_POST
def cancel_import(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Stop reading; what was taken stays, the file goes."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.membership), code=code)
    imports.cancel_import(run=run, actor=request.user)
    messages.success(request, _("The import stops. What was taken stays, the file is removed."))
    return redirect("integrations:import-detail", code=run.code)
