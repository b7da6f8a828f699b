"""Pages of connected accounts and imports, and the public door for a platform's answer."""

import logging
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant, User
from integrations import queries
from integrations.forms import ImportFileForm, ResyncForm
from integrations.imports import PLATFORMS as IMPORTABLE
from integrations.imports.official import HOLDS, preview_of
from integrations.imports.rows import COLUMNS, REQUIRED
from integrations.models import ImportRun, SocialAccount, SyncRun
from integrations.outcomes import NOTES, Outcome, note_of
from integrations.platforms import PLATFORMS
from integrations.platforms.webhooks import WebhookRefused
from integrations.services import connect, imports, sync, webhooks
from integrations.spending import spending_of

logger = logging.getLogger(__name__)

# --- connected accounts --------------------------------------------------------------------------


@member(Grant.READ)
@require_GET
def list_accounts(request: WorkspaceRequest) -> HttpResponse:
    """Every connected account with its health; the fragment alone for htmx."""
    rows = queries.account_rows(request.membership)
    platforms = queries.platform_rows()
    context: dict[str, Any] = {
        "rows": rows,
        "in_need": sum(row.needs_person for row in rows),
        "platforms": platforms,
        "connectable": queries.connectable(platforms),
    }
    if request.htmx:
        return render(request, "integrations/_account_list.html", context)
    context["note"] = note_of(request.GET.get("result", ""))
    return render(request, "integrations/account_list.html", context)


@member(Grant.CONNECT)
@require_POST
def connect_account(request: WorkspaceRequest, platform: str) -> HttpResponse:
    """Send the person to the platform's consent page, for a new account or one they know."""
    if platform not in PLATFORMS:
        raise Http404
    account = None
    if code := request.POST.get("account", ""):
        account = get_object_or_404(_accounts(request), code=_uuid(code), platform=platform)
    try:
        address = connect.start_connection(
            platform_kind=platform,
            user=request.user,
            workspace=request.workspace,
            account_code=account.code if account else None,
        )
    except connect.NotConfigured:
        return redirect(_with_result(Outcome.NOT_CONFIGURED))
    return HttpResponseRedirect(address)


@member(Grant.READ)
@require_GET
def show_account(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One account: health, remedy, readings, posts; the changing part alone for htmx."""
    account = get_object_or_404(queries.accounts_with_counts(request.membership), code=code)
    context = _status_context(account)
    if request.htmx:
        return render(request, "integrations/_account_status.html", context)
    context["posts"] = queries.posts_of(account)
    context["keep_days"] = connect.keep_days(account.platform)
    context["is_confirming"] = request.GET.get("confirm") == "disconnect"
    return render(request, "integrations/account_detail.html", context)


@member(Grant.CONNECT)
@require_POST
def sync_account(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Read the account now, or say when it goes on."""
    account = get_object_or_404(_accounts(request), code=code)
    try:
        run = sync.request_sync(account=account, actor=request.user)
    except sync.SyncError as error:
        messages.error(request, str(error))
    else:
        if run.state == SyncRun.State.PAUSED:
            messages.info(request, _("The reading is paused and goes on by itself."))
        else:
            messages.success(request, _("Aura reads the account now."))
    return _status_answer(request, account)


@member(Grant.CONNECT)
@require_POST
def resync_account(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Read again what was read before, as far back as asked."""
    account = get_object_or_404(_accounts(request), code=code)
    form = ResyncForm(request.POST, platform=account.platform)
    if not form.is_valid():
        messages.error(request, _("Choose what to fetch again and how far back."))
        return _status_answer(request, account)
    try:
        run = sync.request_resync(
            account=account,
            actor=request.user,
            wish=form.cleaned_data["what"],
            months=form.cleaned_data["months"],
        )
    except sync.SyncError as error:
        messages.error(request, str(error))
    else:
        if run.state == SyncRun.State.PAUSED:
            messages.info(request, _("Aura fetches it again as soon as the platform lets it."))
        else:
            messages.success(request, _("Aura fetches it again. Nothing is stored twice."))
    return _status_answer(request, account)


@member(Grant.CONNECT)
@require_POST
def cancel_run(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Stop a reading; what was read stays."""
    runs = SyncRun.objects.visible_to(request.membership).select_related("account")
    run = get_object_or_404(runs, code=code)
    sync.cancel_sync(run=run, actor=request.user)
    messages.success(request, _("The reading stops. What was read stays."))
    return _status_answer(request, run.account)


@member(Grant.CONNECT)
@require_POST
def disconnect_account(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Stop listening to an account; its comments stay for a while."""
    account = get_object_or_404(_accounts(request), code=code)
    connect.disconnect_account(account=account, actor=request.user)
    account.refresh_from_db()
    if account.delete_data_at:
        told = _("The account is disconnected. Its comments are kept until %(date)s.")
        date = date_format(localtime(account.delete_data_at))
        messages.success(request, told % {"date": date})
    return redirect("integrations:account-list")


# --- imports -------------------------------------------------------------------------------------


@member(Grant.READ)
@require_GET
def list_imports(request: WorkspaceRequest) -> HttpResponse:
    """Files that were brought, newest first; the list alone for htmx."""
    context = {"runs": queries.import_runs(request.membership)}
    name = "_import_list" if request.htmx else "import_list"
    return render(request, f"integrations/{name}.html", context)


@member(Grant.MODERATE)
@require_http_methods(["GET", "POST"])
def create_import(request: WorkspaceRequest) -> HttpResponse:
    """Upload a file; a job reads it."""
    form = ImportFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        run = imports.create_import(
            upload=form.cleaned_data["file"],
            platform=form.cleaned_data["platform"],
            member=request.membership,
        )
        return redirect("integrations:import-detail", code=run.code)
    columns = [(name, name in REQUIRED) for name in COLUMNS]
    context = {
        "form": form,
        "columns": columns,
        "platforms": IMPORTABLE,
        "exports": [(name, _(holds)) for name, holds in HOLDS],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "integrations/import_create.html", context, status=status)


@member(Grant.READ)
@require_GET
def show_import(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """One import with its progress and the rows that were left out."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.membership), code=code)
    problems = list(run.problems.all()[: queries.PROBLEMS_SHOWN])
    context = {
        "run": run,
        "problems": problems,
        "unlisted": run.rows_bad - len(problems),
        "preview": preview_of(run.found),
    }
    name = "_import_status" if request.htmx else "import_detail"
    return render(request, f"integrations/{name}.html", context)


# --- the public host -----------------------------------------------------------------------------


@never_cache
@require_GET
@login_required
def oauth_callback(request: HttpRequest, platform: str) -> HttpResponse:
    """Where a platform sends people back to; on to their workspace with a code, never a text.

    A GET that changes things, as OAuth has it: the single-use state is what guards it.
    """
    if platform not in PLATFORMS:
        raise Http404
    answer = request.GET
    # Whatever page comes of this, its own address must not carry the code on.
    request.META["QUERY_STRING"] = ""
    done = connect.finish_connection(
        platform_kind=platform,
        state=answer.get("state", ""),
        code=answer.get("code", ""),
        error=answer.get("error", ""),
        user=cast("User", request.user),
    )
    if done.workspace is None:
        context = {"note": NOTES[done.outcome]}
        return render(request, "integrations/oauth_problem.html", context, status=400)
    return redirect(done.workspace.url + _with_result(done.outcome))


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_webhook(request: HttpRequest, platform: str) -> HttpResponse:
    """What a platform sends by itself: proven, written down, answered; all work comes later.

    No cookie counts here and no token is asked for: the signature over the raw bytes is the guard.
    """
    if platform not in PLATFORMS:
        raise Http404
    if request.method == "GET":
        echo = webhooks.shake_hands(platform_kind=platform, query=request.GET.dict())
        return HttpResponse(echo or "", status=200 if echo else 403, content_type="text/plain")
    if len(request.body) > settings.WEBHOOK_MAX_BYTES:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        webhooks.accept_delivery(platform_kind=platform, headers=headers, raw=request.body)
    except WebhookRefused as refusal:
        logger.warning("webhook of %s refused: %s", platform, refusal.reason)
        return HttpResponse(status=403 if refusal.is_told else 202)
    return HttpResponse("ok", content_type="text/plain")


# --- inside --------------------------------------------------------------------------------------


def _accounts(request: WorkspaceRequest) -> Any:
    return SocialAccount.objects.visible_to(request.membership).filter(is_import=False)


def _status_context(account: SocialAccount) -> dict[str, Any]:
    runs, gaps = queries.runs_of(account), queries.gaps_of(account)
    row = queries.account_row(account, runs, gaps)
    again = ResyncForm(platform=account.platform) if row.can_read_now else None
    return {"row": row, "account": account, "runs": runs, "gaps": gaps, "again": again} | {
        "lives": queries.live_chats_of(account),
        "spending": spending_of(account.platform),
    }


def _status_answer(request: WorkspaceRequest, account: SocialAccount) -> HttpResponse:
    if not request.htmx:
        return redirect("integrations:account-detail", code=account.code)
    fresh = queries.accounts_with_counts(request.membership).get(pk=account.pk)
    context = {**_status_context(fresh), "has_toasts": True}
    return render(request, "integrations/_account_status.html", context)


def _with_result(outcome: Outcome) -> str:
    path = reverse("integrations:account-list", urlconf=settings.ROOT_URLCONF)
    return f"{path}?result={outcome.value}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
