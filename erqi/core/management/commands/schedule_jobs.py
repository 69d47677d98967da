from django.core.management.base import BaseCommand

from erqi.core import jobs


class Command(BaseCommand):
    help = "登记定时任务；可反复运行 / Register the scheduled jobs; repeatable."

    def handle(self, *args, **options):
        jobs.schedule_all()
        names = "、".join(job.name for job in jobs.JOBS)
        self.stdout.write(f"定时任务 {len(jobs.JOBS)} 项：{names} / {len(jobs.JOBS)} scheduled jobs")
