"""The staff's view of routes: where a platform account leads, never what is in there."""

from django.contrib import admin

from accounts.admin import LookOnly
from integrations.routing.models import ConnectionRoute


@admin.register(ConnectionRoute)
class ConnectionRouteAdmin(LookOnly, admin.ModelAdmin[ConnectionRoute]):
    """Routes, to read. They are made and dropped by connecting and disconnecting."""

    list_display = ("platform", "external_id", "workspace", "account_code", "next_sync_at")
    list_filter = ("platform",)
    search_fields = ("external_id", "account_code")
