from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from projects.models import LightRuleSet
from projects.models.choices import FIRST_YEAR, LAST_YEAR
from projects.models.plan import MONTHS
from projects.services.lights import compute_month


class Command(BaseCommand):
    help = "计算全部项目某月的亮灯；可反复运行 / Compute the lights of every project for a month; repeatable."

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, required=True, help="年度 / year")
        parser.add_argument("--month", type=int, required=True, help="月份 / month", choices=MONTHS)
        parser.add_argument(
            "--rules",
            metavar="CODE[:VERSION]",
            help="用哪套规则，不写版本为最新版；默认用施行中的 / which rules, by default those in force",
        )

    def handle(self, *args, year: int, month: int, rules: str | None = None, **options):
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise CommandError(f"年度应在 {FIRST_YEAR}–{LAST_YEAR} 之间 / the year must be {FIRST_YEAR} to {LAST_YEAR}")
        try:
            found = compute_month(year=year, month=month, rules=named(rules) if rules else None, by=None)
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        self.stdout.write(
            f"{year} 年 {month} 月：{found.judged} 盏灯，写入 {found.written}，撤去 {found.removed}"
            f" / {found.judged} lights, {found.written} written, {found.removed} removed"
        )


def named(text: str) -> LightRuleSet:
    code, _colon, version = text.partition(":")
    rows = LightRuleSet.objects.filter(code=code).order_by("-version")
    if version:
        rows = rows.filter(version=int(version)) if version.isascii() and version.isdecimal() else rows.none()
    found = rows.first()
    if found is None:
        known = "、".join(f"{row.code}:{row.version}" for row in LightRuleSet.objects.all()) or "—"
        raise CommandError(f"没有亮灯规则“{text}”；现有 / no such rules; there are: {known}")
    return found
