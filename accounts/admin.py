"""The staff's admin on the public host: people, workspaces, jobs that gave up, the audit log."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import outbox
from accounts.models import AuditEntry, Domain, Invitation, Job, Membership, User, Workspace

admin.site.site_header = admin.site.site_title = "Aura"
# One sign-in with one rate limit; the admin's own form has none.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)


class LookOnly:
    """Mixin of a ModelAdmin: rows can be looked at, never added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """People. Passwords are reset by the person, never set here."""

    list_display = ("email", "name", "is_active", "is_staff", "date_joined")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "language", "timezone", "is_active", "is_staff", "date_joined")
    readonly_fields = ("email", "date_joined")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin[Workspace]):
    """Workspaces are opened by people and by command; staff may close a door."""

    list_display = ("name", "slug", "plan", "is_open", "created_at")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "schema_name", "plan", "is_open", "created_at")
    readonly_fields = ("slug", "schema_name", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Domain, Membership, Invitation)
class PeopleAdmin(admin.ModelAdmin[Any]):
    """Who is where; changed by the workspace's own people."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(LookOnly, admin.ModelAdmin[Job]):
    """Durable jobs; dead ones can be replayed."""

    list_display = ("name", "workspace", "state", "attempts", "run_at", "error")
    list_filter = ("state", "queue", "name")
    actions = ("replay",)

    @admin.action(description="Replay the dead ones among these")
    def replay(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Queue the chosen dead jobs again."""
        count = outbox.replay(codes=[str(code) for code in queryset.values_list("code", flat=True)])
        text = ngettext("%d job will run again.", "%d jobs will run again.", count) % count
        messages.success(request, text if count else _("None of these is dead."))


@admin.register(AuditEntry)
class AuditEntryAdmin(LookOnly, admin.ModelAdmin[AuditEntry]):
    """The audit log, to read."""

    list_display = ("at", "workspace", "actor_label", "action", "target")
    list_filter = ("action",)
