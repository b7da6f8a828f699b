"""URLs of connected accounts, readings and imports, on a workspace's host."""

from django.urls import path

from integrations import capture_views, import_views, views

app_name = "integrations"

urlpatterns = [
    path("accounts/", views.list_accounts, name="account-list"),
    path("accounts/connect/<slug:platform>/", views.connect_account, name="account-connect"),
    path("accounts/<uuid:code>/", views.show_account, name="account-detail"),
    path("accounts/<uuid:code>/sync/", views.sync_account, name="account-sync"),
    path("accounts/<uuid:code>/resync/", views.resync_account, name="account-resync"),
    path("accounts/<uuid:code>/disconnect/", views.disconnect_account, name="account-disconnect"),
    path("runs/<uuid:code>/cancel/", views.cancel_run, name="run-cancel"),
    path("imports/", views.list_imports, name="import-list"),
    path("imports/new/", views.create_import, name="import-create"),
    path("imports/<uuid:code>/", views.show_import, name="import-detail"),
    path("imports/<uuid:code>/choose/", import_views.choose_parts, name="import-choose"),
    path("imports/<uuid:code>/cancel/", import_views.cancel_import, name="import-cancel"),
    path("capture/", capture_views.list_tokens, name="capture-list"),
    path("capture/new/", capture_views.create_token, name="capture-create"),
    path("capture/<uuid:code>/revoke/", capture_views.revoke_token, name="capture-revoke"),
    path("capture/extension/", capture_views.download_extension, name="capture-extension"),
]
