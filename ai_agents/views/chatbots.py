"""Pages on which a manager makes chatbots: settings, documents, key, website."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from ai_agents.chatbot_forms import ChatbotForm, DocumentForm, MessageForm
from ai_agents.models import Chatbot
from ai_agents.queries import chatbots as queries
from ai_agents.queries.limits import preference_of_workspace
from ai_agents.services import chatbots, documents


@member(Grant.MANAGE)
@require_GET
@never_cache
def chatbot_list(request: WorkspaceRequest) -> HttpResponse:
    """All bots of the workspace."""
    context = {
        "chatbots": queries.chatbots_of_workspace(),
        "is_ready": queries.is_any_provider_ready(),
    }
    return render(request, "ai_agents/chatbot_list.html", context)


@member(Grant.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def chatbot_create(request: WorkspaceRequest) -> HttpResponse:
    """A new bot."""
    form = ChatbotForm(request.POST or None)
    if form.is_valid():
        try:
            chatbot = chatbots.create_chatbot(fields=form.fields_told(), actor=request.user)
        except chatbots.ChatbotError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The chatbot is made. Give it documents and try it."))
            return redirect("ai_agents:chatbot-detail", code=chatbot.code)
    return _form(request, form, None)


@member(Grant.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def chatbot_edit(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Change a bot; visitors meet the change with their next message."""
    chatbot = queries.chatbot_of(code)
    # A form writes into its instance even what it refuses: it gets one of its own.
    form = ChatbotForm(request.POST or None, instance=queries.chatbot_of(code))
    if form.is_valid():
        chatbots.change_chatbot(chatbot=chatbot, fields=form.fields_told(), actor=request.user)
        messages.success(request, _("Saved."))
        return redirect("ai_agents:chatbot-detail", code=code)
    return _form(request, form, chatbot)


@member(Grant.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def chatbot_delete(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Ask, then forget a bot with all that was said to it."""
    chatbot = queries.chatbot_of(code)
    if request.method == "GET":
        context = {"chatbot": chatbot, "talks": chatbot.conversations.count()}
        return render(request, "ai_agents/chatbot_delete.html", context)
    chatbots.delete_chatbot(chatbot=chatbot, actor=request.user)
    messages.success(request, _("The chatbot is deleted."))
    return redirect("ai_agents:chatbot-list")


@member(Grant.MANAGE)
@require_GET
@never_cache
def chatbot_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Try it, its documents, where it is shown, its key, what it used."""
    return _detail(request, queries.chatbot_of(code), DocumentForm())


@member(Grant.MANAGE)
@require_POST
@never_cache
def chatbot_key(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """A new key, shown on this one answer and never again; the one before ends."""
    chatbot = queries.chatbot_of(code)
    plain = chatbots.make_key(chatbot=chatbot, actor=request.user)
    return _detail(request, chatbot, DocumentForm(), plain=plain)


@member(Grant.MANAGE)
@require_POST
def chatbot_revoke(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """End the bot's key."""
    chatbots.revoke_key(chatbot=queries.chatbot_of(code), actor=request.user)
    messages.success(request, _("The key is revoked. Programs that hold it are refused."))
    return redirect("ai_agents:chatbot-detail", code=code)


@member(Grant.MANAGE)
@require_POST
def chatbot_document(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Take a file; reading it is a job."""
    chatbot = queries.chatbot_of(code)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        upload: UploadedFile[Any] = form.cleaned_data["file"]
        try:
            documents.add_document(
                chatbot=chatbot,
                filename=upload.name or "",
                content=documents.bounded(upload),
                actor=request.user,
            )
        except documents.DocumentError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("The document is taken. It is read in a moment."))
            return redirect("ai_agents:chatbot-detail", code=code)
    return _detail(request, chatbot, form, status=422)


@member(Grant.MANAGE)
@require_GET
@never_cache
def document_detail(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """How far one document is; asks again by itself until it is read."""
    document = queries.document_of(code)
    if not request.htmx:
        return redirect("ai_agents:chatbot-detail", code=document.chatbot.code)
    return render(request, "ai_agents/_chatbot_document.html", {"document": document})


@member(Grant.MANAGE)
@require_POST
def document_delete(request: WorkspaceRequest, code: UUID) -> HttpResponse:
    """Forget a document."""
    document = queries.document_of(code)
    documents.delete_document(document=document, actor=request.user)
    messages.success(request, _("The document is deleted."))
    return redirect("ai_agents:chatbot-detail", code=document.chatbot.code)


def _form(request: WorkspaceRequest, form: ChatbotForm, chatbot: Chatbot | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "chatbot": chatbot}
    return render(request, "ai_agents/chatbot_form.html", context, status=status)


def _detail(
    request: WorkspaceRequest,
    chatbot: Chatbot,
    form: DocumentForm,
    *,
    plain: str = "",
    status: int = 200,
) -> HttpResponse:
    server = request.workspace.url
    use, key = queries.standing_of(chatbot)
    context: dict[str, Any] = {
        "chatbot": chatbot,
        "document_form": form,
        "documents": queries.documents_of(chatbot),
        "key": key,
        "plain": plain,
        "use": use,
        "is_ready": queries.is_any_provider_ready(),
        "is_stopped": preference_of_workspace().is_stopped,
        "server": server,
        "page_url": f"{server}{reverse('bot-page', kwargs={'code': chatbot.code})}",
        "form": MessageForm(),
        "turns": [],
        "action": reverse("ai_agents:chatbot-try", kwargs={"code": chatbot.code}),
    }
    return render(request, "ai_agents/chatbot_detail.html", context, status=status)
