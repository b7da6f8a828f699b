"""Forms about people and workspaces."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import HelpScope, Membership, Role, User, Workspace


class OpenWorkspaceForm(forms.ModelForm[Workspace]):
    """Name and address of a new workspace."""

    class Meta:
        model = Workspace
        fields = ["name", "slug"]
        help_texts = {"slug": _("Lower-case letters, digits and hyphens.")}


class InviteMemberForm(forms.Form):
    """Whom to invite, as what, for how long."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(
        label=_("Role"), choices=[choice for choice in Role.choices if choice[0] != Role.OWNER]
    )
    membership_days = forms.IntegerField(
        label=_("Days of access"),
        required=False,
        min_value=1,
        max_value=90,
        help_text=_("Only for a trusted helper: access ends by itself."),
    )

    def clean(self) -> dict[str, Any]:
        """A helper's access always ends; the others' does not."""
        data = super().clean() or {}
        if data.get("role") == Role.HELPER and not data.get("membership_days"):
            self.add_error("membership_days", _("Say for how many days the helper has access."))
        if data.get("role") != Role.HELPER:
            data["membership_days"] = None
        return data


class InviteHelperForm(forms.Form):
    """Whom to trust, with what, for how long."""

    DAYS = ((1, _("1 day")), (3, _("3 days")), (7, _("1 week")), (30, _("30 days")))

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    help_scope = forms.ChoiceField(
        label=_("What they may do"), choices=HelpScope.choices, initial=HelpScope.READ
    )
    membership_days = forms.TypedChoiceField(
        label=_("For how long"), choices=DAYS, coerce=int, initial=3
    )
    helps = forms.ChoiceField(label=_("Whose accounts they see"), required=False)

    def __init__(self, *args: Any, creators: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._creators = {str(creator.code): creator for creator in creators}
        field = self.fields["helps"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (narrows the type)
        named = [(code, creator.user.label) for code, creator in self._creators.items()]
        field.choices = [("", _("All accounts of this workspace")), *named]

    def only_for(self, creator: Membership) -> "InviteHelperForm":
        """The same form for somebody who can lend nothing but their own accounts."""
        del self.fields["helps"]
        self._own = creator
        return self

    def offer(self) -> dict[str, Any]:
        """What `services.invite` is to offer."""
        data = dict(self.cleaned_data)
        own: Membership | None = getattr(self, "_own", None)
        creator = own or self._creators.get(data.pop("helps", ""))
        return {**data, "role": Role.HELPER, "helps_id": creator.user_id if creator else None}


class ChangeRoleForm(forms.ModelForm[Membership]):
    """Another role for a member."""

    class Meta:
        model = Membership
        fields = ["role"]


class ProfileForm(forms.ModelForm[User]):
    """How Aura names, speaks to and looks for a person."""

    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone) for zone in sorted(available_timezones())]
    )

    class Meta:
        model = User
        fields = ["name", "language", "timezone", "theme", "contrast", "has_shortcuts"]


class AppearanceForm(forms.ModelForm[User]):
    """The switch in the top bar."""

    class Meta:
        model = User
        fields = ["theme"]
