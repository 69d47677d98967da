"""Each project's own months: what a year's rows would add up to, and what they say is wrong where they do not."""

from datetime import timedelta
from decimal import Decimal as D
from random import Random

import pytest
from django.utils import timezone

from projects.models import Light, LightRuleSet, ProjectMonth
from projects.models import Project as P
from projects.models.choices import Baseline
from projects.models.project_month import QUIET
from projects.services import lights, totals
from tests.factories import plan, report
from tests.projects.totals.exact import exact
from tests.projects.totals.test_answers import Busy

SHOWN = ("plan", "scheduled", "done", "reported", "light")


@pytest.fixture
def rules(db):
    return LightRuleSet.objects.create(
        code="ours", name="规则", status="in_force", investment_yellow=10, investment_red=30
    )


@pytest.fixture
def project(counted) -> P:
    return counted


def month(project, number=12, year=2017) -> ProjectMonth:
    return ProjectMonth.objects.get(project=project, year=year, month=number)


def shown(projects, number, **about) -> list[dict]:
    rows = projects.with_progress(2017, number, **about).order_by("pk")
    return [{name: getattr(row, name) for name in SHOWN} for row in rows]


@pytest.mark.parametrize("seed", [1, 2])
def test_they_say_what_the_versions_say(district, root, rules, seed):
    busy = Busy(district, root, seed)
    for step in range(30):
        busy.step()
        if step % 10 == 0:
            lights.compute(months=[(2017, Random(seed + step).randint(1, 6))])
    assert exact()
    # What was known at a later moment is told from the plans and reports themselves.
    later = timezone.now() + timedelta(days=1)
    for number in (1, 3, 6, 12):
        for baseline in Baseline.values:
            about = {"baseline": baseline}
            assert shown(P.objects.all(), number, **about) == shown(P.objects.all(), number, **about, as_of=later)
            found, counted = (P.objects.behind(2017, number, **about, as_of=moment) for moment in (None, later))
            assert set(found) == set(counted)


class TestRank:
    def test_on_schedule_is_quiet_and_a_yuan_behind_is_not(self, project):
        # 160.0001 were done by March, 300 are scheduled.
        report(project, 2017, 2, "139.9998", reason="核对")
        assert (month(project, 3).margin, month(project, 3).rank) == (D("-0.0001"), 2)
        report(project, 2017, 2, "139.9999", reason="核对")
        assert (month(project, 3).margin, month(project, 3).rank) == (0, QUIET)

    def test_two_months_without_a_figure_are_a_silence(self, project):
        plan(project, 2017, 12, reason="调减")
        assert [(month(project, n).last, month(project, n).rank) for n in (3, 4, 5)] == [(3, QUIET), (3, QUIET), (3, 2)]

    def test_without_a_plan_there_is_nothing_to_be_behind(self, district):
        report(district.town_project, 2017, 1, 7)
        assert (month(district.town_project).margin, month(district.town_project).rank) == (None, QUIET)


class TestLights:
    def test_a_month_has_the_colour_of_its_overall_light(self, project, rules):
        lights.compute(months=[(2017, 3)])
        assert (month(project, 3).light, month(project, 3).rank) == ("yellow", 1)
        assert month(project, 4).light == ""
        report(project, 2017, 3, 300, reason="核对")
        assert (month(project, 3).light, month(project, 3).rank) == ("green", QUIET)
        assert exact()

    def test_a_project_that_has_nothing_but_a_light(self, district, rules):
        lights.compute(months=[(2017, 3)])
        assert not ProjectMonth.objects.exclude(month=3).exists()
        report(district.town_project, 2017, 2, 7)
        assert [row.done for row in ProjectMonth.objects.filter(project=district.town_project).order_by("month")] == [
            None,
            *[7] * 11,
        ]
        assert exact()

    def test_of_the_last_month_alone(self, district, rules):
        lights.compute(months=[(2017, 12)])
        report(district.town_project, 2017, 12, 7)
        report(district.town_project, 2017, 3, 1)
        assert (month(district.town_project, 11).done, month(district.town_project).done) == (1, 8)
        assert exact()


class TestVerifying:
    def test_a_month_that_is_wrong_is_told_and_mended(self, project):
        ProjectMonth.objects.filter(project=project, year=2017, month=3).update(done="160.0002", last=2)
        said = [str(difference) for difference in totals.differences()]
        assert [text.partition(": ")[2].split(" /")[0] for text in said] == [
            "done 应为 160.0001，实为 160.0002",
            "last 应为 3，实为 2",
        ]
        assert f"ProjectMonth project={project.pk} year=2017 month=3" in said[0]
        totals.rebuild(by=None)
        assert exact()

    def test_what_a_light_remembers_of_the_month_before(self, district, rules):
        lights.compute(months=[(2016, 12), (2017, 1), (2017, 2)])
        of_project = Light.objects.overall().filter(project=district.town_project)
        of_project.filter(year=2017).update(before="red")
        said = [str(difference) for difference in totals.differences()]
        assert [text.partition(": ")[2].split(" /")[0] for text in said] == ["before 应为 grey，实为 red"] * 2
        assert any(
            f"Light project={district.town_project.pk} dimension=overall year=2017 month=1" in text for text in said
        )
        totals.rebuild(by=None)
        assert set(of_project.values_list("year", "month", "before")) == {
            (2016, 12, ""),
            (2017, 1, "grey"),
            (2017, 2, "grey"),
        }
        assert exact()

    def test_months_that_are_missing_or_too_many(self, project):
        ProjectMonth.objects.filter(project=project, year=2017, month=12).delete()
        ProjectMonth.objects.create(project=project, year=2016, month=1, done=1)
        found = {(difference.key[1:], difference.measure) for difference in totals.differences()}
        assert ((2016, 1), "done") in found
        assert ((2017, 12), "plan") in found
        totals.rebuild(by=None)
        assert exact()

    def test_a_month_that_says_nothing_is_as_none(self, project):
        ProjectMonth.objects.create(project=project, year=2016, month=1)
        assert exact()
