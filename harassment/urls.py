"""URLs of the protection room, below /harassment/ on a workspace's host."""

from django.urls import path

from harassment.views import accuracy, alerts, cases, comments, dogpiles, exports, inbox, reasons

app_name = "harassment"

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/new/", inbox.inbox_new, name="inbox-new"),
    path("inbox/backlog/", inbox.show_backlog, name="inbox-backlog"),
    path("comments/<uuid:code>/", comments.comment_detail, name="comment-detail"),
    path("comments/<uuid:code>/standing/", comments.show_standing, name="comment-standing"),
    path("comments/<uuid:code>/reveal/", comments.reveal_comment, name="comment-reveal"),
    path("comments/<uuid:code>/why/", reasons.show_reason, name="comment-reason"),
    path("comments/<uuid:code>/why/explain/", reasons.explain_comment, name="comment-explain"),
    path("comments/<uuid:code>/why/reveal/", reasons.reveal_reason, name="comment-reason-reveal"),
    path("comments/<uuid:code>/hide/", comments.hide_comment, name="comment-hide"),
    path("comments/<uuid:code>/publish/", comments.publish_comment, name="comment-publish"),
    path("comments/<uuid:code>/reply/", comments.reply_to_comment, name="comment-reply"),
    path("comments/<uuid:code>/dismiss/", comments.dismiss_comment, name="comment-dismiss"),
    path("comments/<uuid:code>/resolve/", comments.resolve_comment, name="comment-resolve"),
    path("comments/<uuid:code>/reopen/", comments.reopen_comment, name="comment-reopen"),
    path("actions/<uuid:code>/undo/", comments.undo_action, name="action-undo"),
    path("cases/", cases.case_list, name="case-list"),
    path("cases/<uuid:code>/", cases.case_detail, name="case-detail"),
    path("cases/<uuid:code>/trajectory/", cases.case_trajectory, name="case-trajectory"),
    path("cases/<uuid:code>/evidence/", cases.case_evidence, name="case-evidence"),
    path("cases/<uuid:code>/timeline/", cases.case_timeline, name="case-timeline"),
    path("cases/<uuid:code>/note/", cases.note_case, name="case-note"),
    path("cases/<uuid:code>/assign/", cases.assign_case, name="case-assign"),
    path("cases/<uuid:code>/hide/", cases.hide_case_comments, name="case-hide"),
    path("cases/<uuid:code>/resolve/", cases.resolve_case, name="case-resolve"),
    path("cases/<uuid:code>/dismiss/", cases.dismiss_case, name="case-dismiss"),
    path("cases/<uuid:code>/reopen/", cases.reopen_case, name="case-reopen"),
    path("cases/<uuid:code>/exports/", exports.case_exports, name="case-exports"),
    path("cases/<uuid:code>/export/", exports.export_case, name="case-export"),
    path("exports/<uuid:code>/", exports.download_export, name="export-download"),
    path("exports/<uuid:code>/cancel/", exports.cancel_export, name="export-cancel"),
    path("dogpiles/", dogpiles.dogpile_list, name="dogpile-list"),
    path("alerts/", alerts.alert_list, name="alert-list"),
    path("alerts/seen/", alerts.see, name="alert-seen"),
    path("accuracy/", accuracy.show_accuracy, name="accuracy"),
    path("accuracy/learn/", accuracy.learn_recalibration, name="recalibration-learn"),
    path(
        "accuracy/learned/<uuid:code>/reset/",
        accuracy.reset_recalibration,
        name="recalibration-reset",
    ),
    path(
        "accuracy/learned/<uuid:code>/restore/",
        accuracy.restore_recalibration,
        name="recalibration-restore",
    ),
]
