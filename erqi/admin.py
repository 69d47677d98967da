from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class ErqiAdminSite(admin.AdminSite):
    site_header = _("重大项目管理")
    site_title = _("重大项目管理")
    index_title = _("工作台")
    empty_value_display = "—"
