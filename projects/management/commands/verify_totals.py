from django.core.management.base import BaseCommand, CommandError

from projects.services import totals


class Command(BaseCommand):
    help = "重新逐项合计，核对月度汇总 / Recount the monthly totals from the rows; --rebuild writes them anew."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true", help="按登记的行重写汇总 / write them anew from the rows")

    def handle(self, *args, rebuild: bool = False, **options):
        if rebuild:
            written = totals.rebuild(by=None)
            self.stdout.write(f"月度汇总已重写：{written} 行 / rebuilt: {written} rows")
            return
        number = 0
        for number, difference in enumerate(totals.differences(), 1):  # noqa: B007 (counted while written)
            self.stderr.write(str(difference))
        if number:
            raise CommandError(f"月度汇总有 {number} 处不符 / {number} difference(s); --rebuild")
        self.stdout.write("月度汇总与登记的行一致 / monthly totals are exact")
