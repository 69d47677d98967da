from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from erqi.accounts.models import ApiToken, Scope
from erqi.core.services import audit


class Command(BaseCommand):
    help = "为用户生成接口令牌，只显示一次 / Create an API token for a user; it is printed once."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--scopes", required=True, help=f"逗号分隔 / comma separated: {','.join(Scope.values)}")
        parser.add_argument(
            "--days", type=int, help="有效天数，不给则长期有效 / valid for so many days; without it, for good"
        )
        parser.add_argument("--name", default="", help="用途 / what it is for")

    def handle(self, *args, username, scopes, days, name, **options):
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有可用的用户“{username}” / no active user {username!r}")
        wanted = [scope.strip() for scope in scopes.split(",")]
        unknown = sorted(set(wanted) - set(Scope.values))
        if unknown:
            raise CommandError(f"未知范围 {unknown}，可用：{Scope.values} / unknown scope, choose from these")
        if days is not None and days < 1:
            raise CommandError("--days 至少为 1 / must be at least 1")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        with transaction.atomic():
            token, key = ApiToken.objects.issue(user=user, scopes=wanted, name=name, expires_at=expires_at)
            audit.record("token.create", token, by=None, after={"user": username, "scopes": token.scopes})
        self.stderr.write("请立即保存，之后不再显示 / keep it now, it is not shown again:")
        self.stdout.write(key)
