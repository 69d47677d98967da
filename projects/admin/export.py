from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter

from django.utils.translation import gettext as _

from erqi.core.api.fields import mask
from erqi.core.exports import Column
from projects.models import AnnualPlan
from projects.reports.figures import figures_of

from .basis import Basis


def export_columns(basis: Basis, own: set[int]) -> list[Column]:
    """Headers as the district's own ledgers print them; amounts in 万元, and said so.

    Telephones are masked outside the projects the reader answers for (``own``).
    """
    period = {"year": basis.year, "month": basis.month}
    return [
        Column(_("项目编号"), attrgetter("code")),
        Column(_("项目名称"), attrgetter("name")),
        Column(_("别名"), attrgetter("aliases")),
        Column(_("项目类别"), attrgetter("category")),
        Column(_("专项"), attrgetter("programme")),
        Column(_("行政区"), attrgetter("area")),
        Column(_("责任单位"), attrgetter("lead_unit")),
        Column(_("属地单位"), attrgetter("host_unit")),
        Column(_("建设单位"), attrgetter("owner")),
        Column(_("级别"), lambda p: p.get_level_display()),
        Column(_("建设性质"), lambda p: p.get_nature_display()),
        Column(_("阶段"), lambda p: p.get_stage_display()),
        Column(_("年度类型"), lambda p: dict(AnnualPlan.YearClass.choices).get(p.plan_class, "")),
        Column(_("计划总投资（万元）"), attrgetter("total_investment")),
        Column(_("%(year)s年计划投资（万元）") % period, attrgetter("plan")),
        Column(_("%(year)s年1–%(month)s月应完成（万元）") % period, attrgetter("scheduled")),
        Column(_("%(year)s年1–%(month)s月完成（万元）") % period, attrgetter("done")),
        Column(_("完成率（%）"), lambda p: rounded(figures_of(p).rate, times=100)),
        Column(_("超/欠时序（百分点）"), lambda p: rounded(figures_of(p).ahead)),
        Column(_("计划开工"), attrgetter("planned_start")),
        Column(_("实际开工"), attrgetter("actual_start")),
        Column(_("计划竣工"), attrgetter("planned_finish")),
        Column(_("实际竣工"), attrgetter("actual_finish")),
        Column(_("建设地点"), attrgetter("location")),
        Column(_("建设内容及规模"), attrgetter("content")),
        Column(_("资金来源"), attrgetter("funding")),
        Column(_("分包领导"), attrgetter("sponsor")),
        Column(_("首席服务员"), attrgetter("service_officer")),
        Column(_("责任人"), attrgetter("contact_name")),
        Column(_("联系电话"), lambda p: p.contact_phone if p.pk in own else mask(p.contact_phone)),
        Column(_("备注"), attrgetter("note")),
    ]


def rounded(value: Decimal | None, times: int = 1) -> Decimal | None:
    return None if value is None else (value * times).quantize(Decimal("0.1"), ROUND_HALF_UP)
