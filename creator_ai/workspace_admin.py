"""The owners' admin inside a workspace: everything can be looked at, nothing can be changed."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import gates, privacy, tenancy
from accounts.admin import LookOnly
from accounts.models import Grant
from harassment.models import (
    Alert,
    Case,
    Evidence,
    EvidenceErasure,
    EvidenceSeal,
    EvidenceStamp,
    Explanation,
    ExportedEvidence,
    Incident,
    Recalibration,
    Rescoring,
    ToxicityScore,
)
from integrations.models import (
    Comment,
    ImportRun,
    MetricPoint,
    ModerationAction,
    Post,
    SocialAccount,
    SyncRun,
)


class WorkspaceAdminSite(AdminSite):
    """An admin whose door is the owner's membership; staff of the platform have none."""

    site_header = site_title = _("Workspace records")
    index_title = _("Read only")
    site_url = "/"
    # The stock index reads the staff's log from public rows, which a workspace may not see.
    index_template = "admin/workspace_index.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Owners of the entered workspace."""
        if not request.user.is_authenticated or tenancy.current_schema() == "public":
            return False
        membership = gates.membership_of(request.user.pk, tenancy.current_workspace())
        return membership is not None and membership.may(Grant.OWN)


class RecordAdmin(LookOnly, ModelAdmin[Model]):
    """Read-only list and detail; what the privacy registry names stays out of both.

    Outside text is read in the inbox, masked and counted, never here.
    """

    show_full_result_count = False
    list_per_page = 50

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Everything personal or secret."""
        held = privacy.entry_of(self.model)
        return sorted(held.personal | held.secret)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True


class SocialAccountAdmin(RecordAdmin):
    """Accounts by health."""

    list_display = ("code", "platform", "status", "last_synced_at")


class CaseAdmin(RecordAdmin):
    """Cases by number."""

    list_display = ("label", "severity", "status", "opened_at")


class ImportRunAdmin(RecordAdmin):
    """Imports by outcome."""

    list_display = ("code", "state", "rows_new", "rows_known", "rows_bad", "created_at")


workspace_admin = WorkspaceAdminSite(name="workspace_admin")
workspace_admin.register(SocialAccount, SocialAccountAdmin)
workspace_admin.register(Case, CaseAdmin)
workspace_admin.register(ImportRun, ImportRunAdmin)
workspace_admin.register(
    [Alert, Comment, Evidence, EvidenceErasure, EvidenceSeal, EvidenceStamp, Explanation,
     ExportedEvidence, Incident, MetricPoint, ModerationAction, Post,
     Recalibration, Rescoring, SyncRun, ToxicityScore],
    RecordAdmin,
)  # fmt: skip
