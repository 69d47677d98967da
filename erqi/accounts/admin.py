from django import forms
from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.core.admin.base import BaseAdmin
from erqi.core.services import audit
from erqi.core.words import listed

from .models import ApiToken, Scope


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("范围"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )

    class Meta:
        model = ApiToken
        fields = ["user", "name", "expires_at"]
        widgets = {"expires_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}

    def clean_expires_at(self):
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            raise forms.ValidationError(gettext("到期时间应在现在以后；长期有效请留空。"))
        return expires_at


class RevokeForm(forms.ModelForm):
    revoke = forms.BooleanField(label=_("停用此令牌"), required=False, help_text=_("停用后不能恢复，请另建新令牌。"))

    class Meta:
        model = ApiToken
        fields = ["name"]


@admin.register(ApiToken)
class ApiTokenAdmin(BaseAdmin):
    never_deleted = True
    list_display = ["prefix", "name", "user", "scope_names", "created_at", "expires_at", "last_used_on", "state"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__username", "user__display_name"]
    autocomplete_fields = ["user"]

    def get_form(self, request, obj=None, *args, **kwargs):
        if obj is None or self.has_change_permission(request, obj):
            kwargs |= {"form": RevokeForm if obj else TokenForm, "fields": None}
        return super().get_form(request, obj, *args, **kwargs)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["user", "name", "scopes", "expires_at"]})]
        shown = ["prefix", "user", "name", "scope_names", "created_at", "expires_at", "last_used_on", "revoked_at"]
        revocable = not obj.revoked_at and self.has_change_permission(request, obj)
        return [(None, {"fields": [*shown, "revoke"] if revocable else shown})]

    def get_readonly_fields(self, request, obj=None):
        fixed = ["prefix", "user", "scope_names", "created_at", "expires_at", "last_used_on", "revoked_at"]
        return fixed if obj else []

    @admin.display(description=_("范围"))
    def scope_names(self, token):
        return listed(str(Scope(scope).label) for scope in token.scopes.split() if scope in Scope.values)

    @admin.display(description=_("状态"))
    def state(self, token):
        if token.revoked_at:
            return _("已停用")
        expired = token.expires_at and token.expires_at <= timezone.now()
        return _("已到期") if expired else _("可用")

    def save_model(self, request, obj, form, change):
        if not change:
            given = form.cleaned_data
            issued, obj.key = ApiToken.objects.issue(
                user=given["user"], scopes=given["scopes"], name=given["name"], expires_at=given["expires_at"]
            )
            obj.pk, obj.prefix = issued.pk, issued.prefix
            return
        if form.cleaned_data.get("revoke") and not obj.revoked_at:
            obj.revoked_at = timezone.now()
        super().save_model(request, obj, form, change)

    def _audit(self, verb, request, obj):
        super()._audit("revoke" if obj.revoked_at and verb == "change" else verb, request, obj)

    def response_add(self, request, obj, post_url_continue=None):
        """The key itself, on this one answer: nothing that is stored could show it again."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("令牌已生成"),
            "opts": self.opts,
            "token": obj,
            "key": obj.key,
        }
        return TemplateResponse(request, "admin/accounts/apitoken/issued.html", context)

    def audit_snapshot(self, obj):
        return audit.snapshot(obj) | {"user": obj.user.username}
