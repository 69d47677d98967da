from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "erqi.accounts"
    label = "accounts"
    verbose_name = _("账号与权限")

    def ready(self):
        from . import schema  # noqa: F401 — registers itself with drf-spectacular
