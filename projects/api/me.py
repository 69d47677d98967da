from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from erqi.accounts.models import ApiToken
from erqi.accounts.permissions import SignedIn
from erqi.accounts.roles import Role
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.views import StrictView


class MembershipSerializer(AnswerSerializer):
    unit = serializers.CharField(source="unit.code")
    unit_name = serializers.CharField(source="unit.name")
    role = serializers.ChoiceField(choices=Role.choices)
    role_display = serializers.CharField(source="get_role_display")


class TokenSerializer(AnswerSerializer):
    prefix = serializers.CharField(help_text=_("令牌开头。"))
    name = serializers.CharField(help_text=_("用途。"))
    scopes = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField(allow_null=True)

    def get_scopes(self, token) -> list[str]:
        return token.scopes.split()


class MeSerializer(AnswerSerializer):
    username = serializers.CharField()
    display_name = serializers.CharField(source="get_full_name")
    is_superuser = serializers.BooleanField()
    memberships = MembershipSerializer(many=True, help_text=_("角色及其单位，含下级单位。"))
    token = TokenSerializer(allow_null=True, help_text=_("用会话登录时为 null。"))


class MeView(StrictView):
    """Who am I, in which roles over which units, and within which scopes."""

    permission_classes = [SignedIn]
    about = _("当前用户、角色与单位、令牌范围。")

    @extend_schema(responses=MeSerializer)
    def get(self, request):
        user = request.user
        token = request.auth if isinstance(request.auth, ApiToken) else None
        memberships = user.memberships.filter(active=True).select_related("unit").order_by("unit__order", "pk")
        values = {name: getattr(user, name) for name in ("username", "get_full_name", "is_superuser")}
        return Response(MeSerializer({**values, "memberships": memberships, "token": token}).data)
