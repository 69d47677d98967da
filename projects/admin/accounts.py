"""Accounts stand here rather than with their model because what they may do is a membership, which names a unit."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from erqi.accounts.models import User
from erqi.core.admin.base import BaseAdmin, PartInline
from erqi.core.admin.forms import FreshForm
from erqi.core.services import audit
from projects.models import Membership


class NewUserForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "display_name", "phone"]


class UserForm(FreshForm, UserChangeForm):
    """Django's own, so that the password is a note with a link, never a box."""

    class Meta(UserChangeForm.Meta):
        model = User


class MembershipInline(PartInline):
    model = Membership
    autocomplete_fields = ["unit"]
    fields = ["unit", "role", "active"]

    def has_delete_permission(self, request, obj=None):
        # Switched off instead: it says who could do what in those days.
        return False


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
        (_("状态"), {"fields": [("is_active", "is_superuser"), ("last_login", "date_joined")]}),
    ]
    add_fieldsets = [(None, {"fields": [("username", "display_name"), "phone", ("password1", "password2")]})]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("memberships__unit")

    @admin.display(description=_("任职"))
    def roles(self, user):
        held = [m for m in user.memberships.all() if m.active]
        return "；".join(f"{m.unit} · {m.get_role_display()}" for m in held) or "—"

    def user_change_password(self, request, id, form_url=""):  # noqa: A002 - Django's name
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if user and request.method == "POST" and response.status_code == 302:
            audit.record("user.password", user, by=request.user)
        return response
