"""Many people at once: whoever was first, no yuan is lost or counted twice. Needs PostgreSQL."""

from decimal import Decimal
from random import Random
from threading import Barrier, Thread

import pytest
from django.db import connection

from erqi.core.exceptions import Conflict
from projects import reports
from projects.models import LightRuleSet, MonthlyTotal, ProgressReport, Project
from projects.services import lights, totals, workflow
from projects.services.progress import record_month
from projects.services.projects import save_project
from tests.factories import CategoryFactory, ProjectFactory, plan, report
from tests.projects.totals.exact import exact

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WORKERS, STEPS = 6, 12


@pytest.fixture(autouse=True)
def rules(db):
    LightRuleSet.objects.create(code="ours", name="规则", status="in_force", investment_yellow=10, investment_red=30)


class Worker(Thread):
    """Accepts, corrects, plans, moves and judges: always some of the projects that the others are at, too."""

    def __init__(self, number: int, start: Barrier, district, root, categories):
        super().__init__()
        self.random, self.started, self.root = Random(number), start, root
        self.units, self.categories = [district.station, district.town], categories
        self.failed: list[Exception] = []
        self.done = 0

    def run(self) -> None:
        try:
            self.started.wait(30)
            for _ in range(STEPS):
                self.step()
        except Exception as failed:  # noqa: BLE001 (a deadlock above all; the test shows it)
            self.failed.append(failed)
        finally:
            connection.close()

    def step(self) -> None:
        project = self.random.choice(Project.objects.order_by("pk"))
        try:
            self.random.choice([self.accept, self.accept, self.plan, self.move, self.light_up])(project)
            self.done += 1
        except Conflict:
            # Somebody else was first with this month.
            pass

    def accept(self, project: Project) -> None:
        report(project, 2017, self.random.randint(1, 3), self.amount(), reason="核对")

    def plan(self, project: Project) -> None:
        plan(project, 2017, self.amount(), reason="会议")

    def move(self, project: Project) -> None:
        project.lead_unit = self.random.choice(self.units)
        project.category = self.random.choice(self.categories)
        project.stage = self.random.choice(["", Project.Stage.SUSPENDED])
        save_project(project, by=self.root)

    def light_up(self, _project: Project) -> None:
        lights.compute(months=[(2017, self.random.randint(1, 6))])

    def amount(self) -> Decimal:
        return Decimal(self.random.randrange(90_000_000)) / 10_000


def test_accepting_correcting_planning_and_moving(district, root):
    categories = CategoryFactory.create_batch(2)
    for number in range(3):
        ProjectFactory(area=district.area, lead_unit=district.town, category=categories[number % 2])
    start = Barrier(WORKERS)
    workers = [Worker(number, start, district, root, categories) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [failed for worker in workers for failed in worker.failed] == []
    assert sum(worker.done for worker in workers) > WORKERS * STEPS / 3
    assert exact()
    shown = reports.overview(year=2017, month=12).total
    assert shown.done + shown.unplanned == sum(ProgressReport.objects.in_force().values_list("invested", flat=True))


def test_a_rebuild_beside_writers(district, root):
    """Each either was counted by it, or adds its difference afterwards."""
    start = Barrier(3)
    workers = [Worker(number, start, district, root, [district.street_project.category]) for number in (1, 2)]
    for worker in workers:
        worker.start()
    start.wait(30)
    while any(worker.is_alive() for worker in workers):
        totals.rebuild(by=None)
    assert [failed for worker in workers for failed in worker.failed] == []
    assert exact()


def test_a_verification_beside_a_writer_speaks_of_one_moment(district):
    """What is committed while it counts is in neither of the two sides that it compares."""
    plan(district.street_project, 2017, 1200)
    filed = record_month(
        project=district.street_project, year=2017, month=1, invested=Decimal(7), by=None, explanation="核对"
    ).report
    found = totals.differences()
    counted = totals.recount.contribution

    def interrupted() -> totals.sums.Cells:
        cells = counted()
        writer = Thread(target=lambda: (workflow.accept(filed, by=None), connection.close()))
        writer.start()
        writer.join(60)
        return cells

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals.recount, "contribution", interrupted)
        assert list(found) == []
    assert MonthlyTotal.objects.filter(done=7).count() == 12
