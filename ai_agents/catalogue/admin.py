"""Staff keep models and prices; costs are to look at."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.admin import LookOnly
from ai_agents.catalogue import pages
from ai_agents.catalogue.models import AIModel, CostDay, ModelPrice, RecallDay


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
    change_list_template = "admin/catalogue/models.html"

    def get_urls(self) -> list[URLPattern]:
        """Its own, and the page that says whether providers answer."""
        site = self.admin_site
        own = path("providers/", site.admin_view(self.providers), name="catalogue_providers")
        return [own, *super().get_urls()]

    def providers(self, request: HttpRequest) -> HttpResponse:
        """Whether each provider answers; asking them anew is a change."""
        allowed = (
            self.has_view_permission if request.method == "GET" else self.has_change_permission
        )
        if not allowed(request):
            raise PermissionDenied
        show = require_http_methods(["GET", "POST"])(never_cache(pages.show_providers))
        return show(request, self.admin_site.each_context(request))


@admin.register(CostDay)
class CostDayAdmin(LookOnly, admin.ModelAdmin[CostDay]):
    """What answers cost the operator, by workspace, model, agent and day."""

    def get_urls(self) -> list[URLPattern]:
        """Its own, and the file."""
        site = self.admin_site
        own = path("export/", site.admin_view(self.export), name="catalogue_costs_export")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page of sums takes the place of the list of rows."""
        self._check(request)
        show = require_GET(never_cache(pages.show_costs))
        return show(request, {**self.admin_site.each_context(request), **(extra_context or {})})

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The rows as CSV."""
        self._check(request)
        return require_GET(never_cache(pages.export_costs))(request)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


@admin.register(RecallDay)
class RecallDayAdmin(LookOnly, admin.ModelAdmin[RecallDay]):
    """How many answers were remembered ones, by workspace and day."""

    list_display = ("day", "workspace", "answers", "recalled")
    list_filter = ("day",)
