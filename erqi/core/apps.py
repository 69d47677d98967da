from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "erqi.core"
    label = "core"
    verbose_name = _("来源与审计")

    def ready(self):
        from . import checks, keys  # noqa: F401 (register themselves)
