from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from projects.services.periods import create_periods


class Command(BaseCommand):
    help = "建立一年的报送期，已有的不动 / Create the reporting periods of a year; those that exist stay as they are."

    def add_arguments(self, parser):
        parser.add_argument("year", type=int, help="年度 / the year")
        parser.add_argument("--opens-day", type=int, help="每月几日开放，默认取设置 / day of the month it opens")
        parser.add_argument("--due-day", type=int, help="每月几日截止（含当天）/ last day to file in time")
        parser.add_argument("--lock-days", type=int, help="截止后几天锁定，0 为不锁 / days until it locks; 0: never")

    def handle(self, *args, year, opens_day, due_day, lock_days, **options):
        try:
            made = create_periods(year=year, by=None, opens_day=opens_day, due_day=due_day, lock_days=lock_days)
        except ValidationError as refused:
            reason = " ".join(map(str, refused.messages))
            raise CommandError(f"没有建立：{reason} / nothing was created: {reason}") from refused
        self.stdout.write(f"{year} 年新建 {len(made)} 个报送期 / {len(made)} periods created for {year}")
        for period in made:
            days = f"开放 opens {period.opens}  截止 due {period.due}  锁定 locks {period.locks or '—'}"
            self.stdout.write(f"    {period.year}-{period.month:02d}  {days}")
