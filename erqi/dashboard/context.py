from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Known to the catalogue, so that the banner nobody changed reads English on an English page.
DEFAULT_BANNER = _("本系统为非涉密系统，禁止上传涉密信息")
FOOTER = {
    "organiser": _("主办单位"),
    "site_code": _("网站标识码"),
    "icp": _("ICP备案"),
    "police": _("公安备案"),
}


def site(_request):
    """What every page shows, whoever renders it."""
    return {
        "demo": settings.DEMO,
        "banner": gettext(settings.BANNER) if settings.BANNER else "",
        "footer": [(label, settings.FOOTER[name]) for name, label in FOOTER.items() if settings.FOOTER[name]],
    }
