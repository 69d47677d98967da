from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from erqi.core.services import seeding
from erqi.core.services.seeding import Fate, Outcome, SeedingError

NAMED = 20
LEFT_ALONE = {
    Fate.EDITED: "有人改过，保持不动 / edited by people, left alone",
    Fate.DELETED: "已被删除，不再恢复 / deleted by people, not restored",
    Fate.CLASHING: "与已有数据重复，没有装载 / clash with existing rows, not loaded",
}


class Command(BaseCommand):
    help = "装载基础数据；可反复运行，不覆盖人工修改 / Load the seed data; repeatable, keeps people's edits."

    def add_arguments(self, parser):
        parser.add_argument(
            "--directory",
            type=Path,
            default=settings.BASE_DIR / "fixtures",
            help="YAML 文件所在目录 / where the YAML files are",
        )

    def handle(self, *args, directory: Path, **options):
        try:
            outcome = seeding.load(directory)
        except SeedingError as error:
            raise CommandError(str(error)) from error
        self.report(outcome)

    def report(self, outcome: Outcome) -> None:
        created, updated = outcome.count(Fate.CREATED), outcome.count(Fate.UPDATED)
        same = outcome.count(Fate.SAME)
        self.stdout.write(
            f"基础数据：新增 {created} 行，更新 {updated} 行，未变 {same} 行"
            f" / seed data: {created} created, {updated} updated, {same} unchanged"
        )
        for fate, words in LEFT_ALONE.items():
            if names := outcome.rows[fate]:
                more = " …" if len(names) > NAMED else ""
                self.stdout.write(f"{len(names)} 行{words}: {'；'.join(names[:NAMED])}{more}")
