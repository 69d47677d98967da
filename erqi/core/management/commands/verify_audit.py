from django.core.management.base import BaseCommand, CommandError

from erqi.core.models import AuditEvent, AuditHead
from erqi.core.services import audit


class Command(BaseCommand):
    help = "核对审计链：找出被改动、缺失或调换顺序的记录 / Verify the audit chain."

    def add_arguments(self, parser):
        parser.add_argument(
            "--expect", help="上次抄录的末端校验值 / the head hash noted down earlier, which must still occur"
        )

    def handle(self, *args, expect=None, **options):
        problems = list(audit.broken_links())
        if expect and not AuditEvent.objects.filter(hash=expect).exists():
            problems.append(f"找不到抄录的校验值 {expect} / the noted hash no longer occurs")
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"审计链有 {len(problems)} 处不符 / {len(problems)} problem(s)")
        head = AuditHead.objects.filter(pk=1).first()
        count, last = (head.sequence, head.hash) if head else (0, "—")
        self.stdout.write(f"审计链完整：{count} 条，末端 {last} / intact: {count} events, head {last}")
