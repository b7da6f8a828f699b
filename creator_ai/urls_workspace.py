"""URLs of a workspace's host: home and the rooms."""

from django.urls import include, path

from accounts import views as account_views
from ai_agents import bot_page, chatbot_api
from creator_ai import home, views
from creator_ai.workspace_admin import workspace_admin
from harassment.views import rights
from integrations import capture_api

handler400 = "creator_ai.views.bad_request"
handler403 = "creator_ai.views.forbidden"
handler404 = "creator_ai.views.not_found"
handler500 = "creator_ai.views.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("sso/start/", account_views.start_sso, name="sso-start"),
    path("sso/consume/", account_views.consume_sso, name="sso-consume"),
    path("accounts/", include("accounts.urls")),
    path("api/capture/v1/batches", capture_api.receive_batch, name="capture-receive"),
    path("integrations/", include("integrations.urls")),
    path("ai/", include("ai_agents.urls")),
    path("api/v1/chatbot/chat", chatbot_api.chat, name="chatbot-chat"),
    path("api/v1/chatbot/chat/<uuid:code>", chatbot_api.chat_answer, name="chatbot-answer"),
    path("bot/<uuid:code>/", bot_page.bot_page, name="bot-page"),
    path("bot/<uuid:code>/messages/", bot_page.bot_message, name="bot-message"),
    path("bot/<uuid:code>/turns/<uuid:turn>/", bot_page.bot_turn, name="bot-turn"),
    path("harassment/", include("harassment.urls")),
    path("rights/", rights.rights_desk, name="rights-desk"),
    path("rights/<str:token>/", rights.rights_status, name="rights-status"),
    path("rights/<str:token>/prove/", rights.rights_prove, name="rights-prove"),
    path("rights/<str:token>/copy/", rights.rights_copy, name="rights-copy"),
    path("health/", views.health, name="health"),
    path("admin/", workspace_admin.urls),
]
