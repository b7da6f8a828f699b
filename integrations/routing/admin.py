"""The staff's view of routes and deliveries: where a platform leads, never what is in there."""

from django.contrib import admin

from accounts.admin import LookOnly
from integrations.routing.models import ConnectionRoute, DeletionRequest, WebhookDelivery


@admin.register(ConnectionRoute)
class ConnectionRouteAdmin(LookOnly, admin.ModelAdmin[ConnectionRoute]):
    """Routes, to read. They are made and dropped by connecting and disconnecting."""

    list_display = ("platform", "external_id", "workspace", "account_code", "next_sync_at")
    list_filter = ("platform",)
    search_fields = ("external_id", "account_code")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LookOnly, admin.ModelAdmin[WebhookDelivery]):
    """Deliveries, without their bodies: those hold comments. `manage.py webhooks` replays them."""

    list_display = ("platform", "code", "state", "reason", "received_at", "handled_at")
    list_filter = ("platform", "state")
    search_fields = ("code",)
    exclude = ("raw_body",)


@admin.register(DeletionRequest)
class DeletionRequestAdmin(LookOnly, admin.ModelAdmin[DeletionRequest]):
    """Wishes to be forgotten, without who wished it."""

    list_display = ("platform", "code", "state", "deleted", "kept", "received_at", "finished_at")
    list_filter = ("platform", "state")
    search_fields = ("code",)
    exclude = ("user_id",)
