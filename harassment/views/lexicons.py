"""The word lists: how long they are, their words when somebody asks, and changing them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries.lexicons import lexicon_page
from harassment.rule_forms import ChangeLexiconForm, ImportLexiconForm
from harassment.services import lexicons as services
from harassment.services.rules import may_build
from harassment.views.rules import check_builder


@member(Grant.READ)
@require_GET
@never_cache
def lexicon_list(request: WorkspaceRequest) -> HttpResponse:
    """The lists with their lengths; no word of them."""
    return _page(request)


@member(Grant.MODERATE)
@require_POST
@never_cache
def open_lexicon(request: WorkspaceRequest) -> HttpResponse:
    """One list with its words, because somebody asked for them; written into the audit log."""
    check_builder(request)
    opened = request.POST.get("list", "")
    audit.record("harassment.lexicon.opened", actor=request.user, data={"list": opened[:24]})
    return _page(request, opened=opened)


@member(Grant.MODERATE)
@require_POST
def change_lexicon(request: WorkspaceRequest) -> HttpResponse:
    """Put a word on a list, or take it off."""
    check_builder(request)
    form = ChangeLexiconForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    asked = form.cleaned_data
    act = services.remove_word if request.POST.get("step") == "remove" else services.add_word
    return _try(
        request,
        lambda: act(
            language=asked["language"],
            category=asked["category"],
            word=asked["word"],
            membership=request.membership,
        ),
    )


@member(Grant.MODERATE)
@require_POST
def import_lexicon(request: WorkspaceRequest) -> HttpResponse:
    """Take over a file of words."""
    check_builder(request)
    form = ImportLexiconForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, import_form=form, status=422)
    # One byte more than allowed is enough to refuse the file without reading all of it.
    raw = form.cleaned_data["file"].read(services.FILE_BYTES_MOST + 1)
    return _try(request, lambda: services.import_words(raw=raw, membership=request.membership))


@member(Grant.MODERATE)
@require_POST
def revert_lexicon(request: WorkspaceRequest) -> HttpResponse:
    """Go back to how the lists were after so many changes."""
    check_builder(request)
    raw = request.POST.get("version", "")
    version = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else -1
    return _try(
        request, lambda: services.revert_lexicon(version=version, membership=request.membership)
    )


@member(Grant.MODERATE)
@require_GET
@never_cache
def export_lexicon(request: WorkspaceRequest) -> HttpResponse:
    """All lists as a CSV file."""
    check_builder(request)
    audit.record("harassment.lexicon.exported", actor=request.user)
    return HttpResponse(
        services.export_words(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="aura-words.csv"'},
    )


def _page(
    request: WorkspaceRequest,
    *,
    opened: str = "",
    form: ChangeLexiconForm | None = None,
    import_form: ImportLexiconForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "page": lexicon_page(),
        "opened": opened,
        "form": form or ChangeLexiconForm(),
        "import_form": import_form or ImportLexiconForm(),
        "may_build": may_build(request.membership),
    }
    return render(request, "harassment/lexicon_list.html", context, status=status)


def _try(request: WorkspaceRequest, act: Callable[[], int]) -> HttpResponse:
    try:
        count = act()
    except services.LexiconError as error:
        messages.error(request, str(error))
    else:
        said = ngettext("%(count)d word was changed.", "%(count)d words were changed.", count)
        messages.success(request, said % {"count": count} if count else _("Nothing to change."))
    return redirect("harassment:lexicon-list")
