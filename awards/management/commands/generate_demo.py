from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from awards.services.demo import Demo, generate_demo
from erqi.core.exceptions import Conflict

LARGEST = 100_000


class Command(BaseCommand):
    help = "在演示库中生成一个虚构的区及其项目 / Generate an invented district; same arguments, same rows."

    def add_arguments(self, parser):
        parser.add_argument("--projects", type=int, default=150, help="项目个数 / how many projects")
        parser.add_argument("--seed", type=int, default=2017, help="随机种子 / seed of the random numbers")
        parser.add_argument("--year", type=int, default=2017, help="已结束的年度 / a year that is over")

    def handle(self, *args, projects, seed, year, **options):
        if not 1 <= projects <= LARGEST:
            raise CommandError(f"--projects 应为 1–{LARGEST} / must be from 1 to {LARGEST}")
        if not 2001 <= year < timezone.localdate().year:
            raise CommandError("--year 应为 2001 年以后、已经结束的年度 / must be a year since 2001 that is over")
        try:
            self.report(generate_demo(projects=projects, seed=seed, year=year))
        except Conflict as refusal:
            raise CommandError(refusal.message) from refusal

    def report(self, demo: Demo) -> None:
        made = demo.generated
        self.stdout.write(
            f"已生成演示数据：{made.projects} 个项目、{made.plans} 个年度计划、{made.reports} 条月度进度 / "
            f"Generated {made.projects} projects, {made.plans} plans, {made.reports} monthly reports"
        )
        if demo.passwords:
            self.stdout.write("演示账号，口令只显示这一次 / demo accounts, passwords shown this once:")
        for username, password in demo.passwords.items():
            self.stdout.write(f"    {username:<10} {password}")
