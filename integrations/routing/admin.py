"""The staff's view of routes: where a platform account leads, never what is in there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.routing.models import ConnectionRoute


@admin.register(ConnectionRoute)
class ConnectionRouteAdmin(admin.ModelAdmin[ConnectionRoute]):
    """Routes, to read. They are made and dropped by connecting and disconnecting."""

    list_display = ("platform", "external_id", "workspace", "account_code", "next_sync_at")
    list_filter = ("platform",)
    search_fields = ("external_id", "account_code")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
