"""URLs of connected accounts, readings and imports, on a workspace's host."""

from django.urls import path

from integrations import views

app_name = "integrations"

urlpatterns = [
    path("accounts/", views.list_accounts, name="account-list"),
    path("accounts/connect/<slug:platform>/", views.connect_account, name="account-connect"),
    path("accounts/<uuid:code>/", views.show_account, name="account-detail"),
    path("accounts/<uuid:code>/sync/", views.sync_account, name="account-sync"),
    path("accounts/<uuid:code>/disconnect/", views.disconnect_account, name="account-disconnect"),
    path("runs/<uuid:code>/cancel/", views.cancel_run, name="run-cancel"),
    path("imports/", views.list_imports, name="import-list"),
    path("imports/new/", views.create_import, name="import-create"),
    path("imports/<uuid:code>/", views.show_import, name="import-detail"),
]
