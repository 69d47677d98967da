"""Accounts stand here rather than with their model because what they may do is a membership, which names a unit.

三员分立: the system administrator keeps the accounts, the security administrator says what they may do, and neither
does the other's part.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import ADMINISTRATORS, Action, Area, Role, clash, may
from erqi.core.admin.base import BaseAdmin, PartInline
from erqi.core.admin.forms import FreshForm
from erqi.core.services import audit
from erqi.core.words import listed
from projects.models import Membership
from projects.models.membership import clash_message


class NewUserForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "display_name", "phone"]


class UserForm(FreshForm, UserChangeForm):
    """Django's own, so that the password is a note with a link, never a box."""

    class Meta(UserChangeForm.Meta):
        model = User


class MembershipFormSet(BaseInlineFormSet):
    """Judges the rows together: right one by one they may still clash, and one may end where another begins."""

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc] # the stubs do not know it
        form.instance.judged_together = True
        return form

    def clean(self):
        super().clean()
        given = [form.instance for form in self.forms if form.has_changed() or form.instance.pk]
        if self.instance.pk:
            # Granted by somebody else since the page was opened.
            given += self.instance.memberships.exclude(pk__in=[row.pk for row in given if row.pk])
        held = {Role(row.role) for row in given if row.active and row.role in Role.values}
        if clash(held):
            raise ValidationError(clash_message(self.instance, held))


class MembershipInline(PartInline):
    model = Membership
    formset = MembershipFormSet
    fields = ["unit", "role", "active"]

    def may_change_parent(self, request, obj) -> bool:
        """Roles are given by those who grant, and by nobody to themselves."""
        if obj is None or obj.pk == request.user.pk:
            return False
        return may(request.user, Area.GRANT, Action.CHANGE) and may_touch(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        # Switched off instead: it says who could do what in those days.
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """A plain list, read once for all rows: who grants roles need not be able to look units up."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "unit":
            field.choices = list(field.choices)
        return field


def may_touch(by, user: User) -> bool:
    """A superuser is out of everybody else's hands."""
    return by.is_superuser or not user.is_superuser


@admin.register(User)
class UserAdmin(BaseAdmin, StockUserAdmin):
    never_deleted = True
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "display_name", "phone", "roles", "is_active", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_superuser", ("memberships__role", admin.ChoicesFieldListFilter)]
    search_fields = ["username", "display_name", "phone", "memberships__unit__search_text"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    inlines = [MembershipInline]
    fieldsets = [
        (None, {"fields": [("username", "display_name"), ("phone", "email"), "password"]}),
        (gettext_lazy("状态"), {"fields": [("is_active", "is_superuser"), ("last_login", "date_joined")]}),
    ]
    add_fieldsets = [(None, {"fields": [("username", "display_name"), "phone", ("password1", "password2")]})]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("memberships__unit")

    @admin.display(description=gettext_lazy("任职"))
    def roles(self, user):
        held = [m for m in user.memberships.all() if m.active]
        return "；".join(f"{m.unit} · {m.get_role_display()}" for m in held) or "—"

    # — who does which part —

    def keeps_account(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_touch(request.user, obj))

    def has_change_permission(self, request, obj=None):
        """The page is saved by two kinds of people: one changes its boxes, the other the roles below them."""
        if self.keeps_account(request, obj):
            return True
        grants = may(request.user, Area.GRANT, Action.CHANGE)
        return grants and (obj is None or (may_touch(request.user, obj) and obj.pk != request.user.pk))

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        if obj is None:
            return fixed
        if not self.keeps_account(request, obj):
            return [*fixed, "username", "display_name", "phone", "email", "is_active", "is_superuser"]
        return fixed if request.user.is_superuser else [*fixed, "is_superuser"]

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        if obj is None or self.keeps_account(request, obj):
            return found
        return [(name, {**rest, "fields": [f for f in rest["fields"] if f != "password"]}) for name, rest in found]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Two who grant at once are put in a row, so that the later one is judged by what the first has granted."""
        with transaction.atomic():
            if request.method == "POST" and object_id and unquote(object_id).isdecimal():
                User.objects.select_for_update(no_key=True).filter(pk=unquote(object_id)).first()
            return super().changeform_view(request, object_id, form_url, extra_context)

    # — passwords —

    def user_change_password(self, request, id, form_url=""):  # noqa: A002 - Django's name
        user = self.get_object(request, unquote(id))
        if user and not self.keeps_account(request, user):
            raise PermissionDenied
        response = super().user_change_password(request, id, form_url)
        if user and request.method == "POST" and response.status_code == 302:
            self._tell_of_password(request, user)
        return response

    @staticmethod
    def _tell_of_password(request, user) -> None:
        """Who sets an administrator's password could act as that administrator, so the trail says whose it was."""
        held = user.memberships.filter(active=True, role__in=ADMINISTRATORS).values_list("role", flat=True)
        names = listed(str(Role(role).label) for role in sorted(set(held)))
        audit.record("user.password", user, by=request.user, after={"administrator": names} if names else {})
        if names:
            messages.warning(request, _("您重设了%(roles)s的密码，已记入审计，请通知本人尽快修改。") % {"roles": names})
