import secrets
from itertools import chain, count

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from erqi.core.services import audit


class Command(BaseCommand):
    help = "建立第一个管理员 admin，随机口令只显示一次；已有管理员时什么也不做 / Create the first administrator once."

    @transaction.atomic
    def handle(self, *args, **options):
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        name = self.free_name(users)
        user = users.create_superuser(name, password=password, display_name="管理员")
        audit.record("user.create", user, by=None, after={"is_superuser": "True"})
        self.stdout.write(
            "\n  首个管理员 / first administrator\n"
            f"    用户名 / name      {name}\n    口令 / password  {password}\n"
            "  只显示这一次，请登录后修改 / shown this once, change it after logging in\n"
            "  下一步：用它建立系统管理员、安全管理员、审计管理员和业务账号，此后日常不再使用它\n"
            "  next: use it to create the system, security and audit administrators and the business users,\n"
            "  then leave it alone; who may do what: docs/permissions.md\n"
        )

    @staticmethod
    def free_name(users) -> str:
        taken = set(users.filter(username__startswith="admin").values_list("username", flat=True))
        return next(name for name in chain(["admin"], map("admin{}".format, count(2))) if name not in taken)
