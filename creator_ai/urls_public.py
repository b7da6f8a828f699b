"""URLs of the public host: marketing, sign-up and sign-in, OAuth answers, staff admin."""

from django.contrib import admin
from django.urls import include, path

from accounts import public_views
from creator_ai import views
from integrations import meta_views
from integrations.views import oauth_callback, receive_webhook

handler400 = "creator_ai.views.bad_request"
handler403 = "creator_ai.views.forbidden"
handler404 = "creator_ai.views.not_found"
handler500 = "creator_ai.views.server_error"

urlpatterns = [
    path("", public_views.landing, name="landing"),
    path("workspaces/", public_views.workspaces, name="workspaces"),
    path("invitations/<str:token>/", public_views.accept_invitation, name="invitation-accept"),
    path("sso/handoff/", public_views.handoff, name="sso-handoff"),
    path("sso/farewell/", public_views.farewell, name="sso-farewell"),
    path("accounts/", include("allauth.account.urls")),
    path("oauth/<slug:platform>/callback/", oauth_callback, name="oauth-callback"),
    path("webhooks/<slug:platform>/", receive_webhook, name="webhook"),
    path("webhooks/<slug:platform>/deauthorize/", meta_views.deauthorize, name="deauthorize"),
    path("webhooks/<slug:platform>/data-deletion/", meta_views.delete_data, name="data-deletion"),
    path("data-deletion/<uuid:code>/", meta_views.show_deletion, name="deletion-status"),
    path("language/", views.language, name="language"),
    path("health/", views.health, name="health"),
    path("admin/", admin.site.urls),
]
