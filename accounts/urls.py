"""URLs about people inside a workspace."""

from django.urls import path

from accounts import helper_views, views

app_name = "accounts"
urlpatterns = [
    path("members/", views.member_list, name="member-list"),
    path("members/invite/", views.invite_member, name="member-invite"),
    path("members/<uuid:code>/role/", views.change_role, name="member-role"),
    path("members/<uuid:code>/remove/", views.remove_member, name="member-remove"),
    path(
        "invitations/<uuid:code>/withdraw/", views.withdraw_invitation, name="invitation-withdraw"
    ),
    path("helpers/", helper_views.helper_list, name="helper-list"),
    path("helpers/invite/", helper_views.invite_helper, name="helper-invite"),
    path("helpers/<uuid:code>/end/", helper_views.end_helper, name="helper-end"),
    path("profile/", views.profile, name="profile"),
    path("appearance/", views.appearance, name="appearance"),
    path("audit/", views.audit_list, name="audit-list"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
