"""URLs of the protection room, below /harassment/ on a workspace's host."""

from django.urls import path

from harassment.views import alerts, cases, comments, inbox

app_name = "harassment"

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/new/", inbox.inbox_new, name="inbox-new"),
    path("comments/<uuid:code>/", comments.comment_detail, name="comment-detail"),
    path("comments/<uuid:code>/standing/", comments.show_standing, name="comment-standing"),
    path("comments/<uuid:code>/reveal/", comments.reveal_comment, name="comment-reveal"),
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
    path("alerts/", alerts.alert_list, name="alert-list"),
    path("alerts/seen/", alerts.see, name="alert-seen"),
]
