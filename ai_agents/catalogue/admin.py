"""Staff keep models and prices; costs are to look at."""

from typing import Any

from django.contrib import admin

from accounts.admin import LookOnly
from ai_agents.catalogue.models import AIModel, CostDay, ModelPrice


class PriceInline(admin.TabularInline[ModelPrice, AIModel]):
    """Prices of one model, from a day on."""

    model = ModelPrice
    extra = 0


@admin.register(AIModel)
class AIModelAdmin(admin.ModelAdmin[AIModel]):
    """Language models with their retirement, and what is asked instead afterwards."""

    list_display = ("provider", "name", "retires_on", "successor")
    list_filter = ("provider",)
    search_fields = ("name",)
    inlines = (PriceInline,)


@admin.register(CostDay)
class CostDayAdmin(LookOnly, admin.ModelAdmin[CostDay]):
    """What answers cost the operator, by workspace, model, agent and day."""

    list_display = ("day", "workspace", "provider", "model", "agent", "attempts", "cost")
    list_filter = ("provider", "agent", "day")
    date_hierarchy = "day"

    def get_queryset(self, request: Any) -> Any:
        """With the workspaces' names."""
        return super().get_queryset(request).select_related("workspace")
