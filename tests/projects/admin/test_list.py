"""The register as a list: figures for the year and month shown, filters, search and export."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from projects import reports
from projects.models import FilingCheck, Project
from projects.reports.figures import figures_of
from tests import factories
from tests.core.admin.pages import address

LIST_STATEMENTS = 17


@pytest.fixture
def listed(root_client):
    def get(**query):
        return root_client.get(address(Project, "changelist"), query).context["cl"]

    return get


def names(listing) -> list[str]:
    return [project.name for project in listing.result_list]


def test_it_speaks_of_the_newest_year_and_its_last_month(root_client, project, listed):
    assert "2017 年 1–2 月，万元" in root_client.get(address(Project, "changelist")).content.decode()
    assert listed(month="1").basis.words == "2017 年 1 月，万元"
    assert listed(year="九", month="13").basis.month == 2


def test_each_row_agrees_with_the_reports(project, district, listed):
    factories.report(district.town_project, 2017, 2, "7")
    for row in listed(year="2017", month="2").result_list:
        scope = Project.objects.filter(pk=row.pk)
        expected = reports.overview(year=2017, month=2, projects=scope).total
        found = figures_of(row)
        assert (found.plan, found.scheduled, found.done, found.unplanned) == (
            expected.plan,
            expected.scheduled,
            expected.done,
            expected.unplanned,
        )


def test_the_total_is_that_of_the_filtered_rows(project, district, listed):
    factories.plan(district.town_project, 2017, "600")
    total = reports.overview(year=2017, month=2).total
    found = listed().total
    assert (found.plan, found.done, found.ahead) == (total.plan, total.done, total.ahead)
    assert listed(category__id__exact=project.category_id).total.plan == 1200


@pytest.mark.parametrize(
    "query", [{}, {"gap": "report"}, {"gap": "plan"}, {"year_class": "continued"}, {"q": "街道"}, {"o": "-9"}], ids=str
)
def test_the_total_is_what_the_reports_say_of_the_rows_that_are_listed(project, district, listed, query):
    factories.plan(project, 2017, "1300", year_class="continued", reason="调整")
    factories.plan(district.town_project, 2017, "600")
    factories.report(district.unled_project, 2017, 2, "7")
    found = listed(**query)
    rows = Project.objects.filter(pk__in=[row.pk for row in found.result_list])
    assert rows
    assert found.total == reports.overview(year=2017, month=2, projects=rows).total


def test_ahead_and_behind_are_words_not_only_colours(project, district, root_client):
    factories.plan(district.town_project, 2017, "600")
    page = root_client.get(address(Project, "changelist")).content.decode()
    assert "欠 −1.6" in page
    assert "欠 −16.7" in page
    assert "无计划" in page


def test_what_is_missing_can_be_asked_for(project, district, listed):
    factories.plan(district.town_project, 2017, "600")
    assert names(listed(gap="plan")) == ["未定"]
    assert names(listed(gap="report")) == ["镇学校"]
    assert names(listed(gap="unit")) == ["未定"]


def test_year_class_is_that_of_the_year_shown(district, listed):
    factories.plan(district.street_project, 2017, "1", year_class="continued")
    factories.plan(district.street_project, 2018, "1", year_class="completion")
    assert names(listed(year="2017", year_class="continued")) == ["街道路"]
    assert names(listed(year="2018", year_class="continued")) == []


@pytest.mark.parametrize("words", ["王胡砦", "wanghuzhai", "whz", "WHZ", "ｗｈｚ"])
def test_search_knows_pinyin(district, listed, words):
    factories.ProjectFactory(name="王胡砦安置房", lead_unit=district.town)
    assert names(listed(q=words)) == ["王胡砦安置房"]


@pytest.mark.parametrize("order", ["6", "-6", "7", "8", "9", "-9"])
def test_every_figure_can_be_sorted_by(project, listed, order):
    assert len(names(listed(o=order))) == 3


def test_figures_can_be_followed_to_their_rows(project, root_client):
    pages = ["annualplan/?year__exact=2017", "progressreport/?year__exact=2017&month__lte=2&status__exact=accepted"]
    assert [len(root_client.get(f"/admin/projects/{page}").context["cl"].result_list) for page in pages] == [1, 2]


def test_past_versions_stand_apart_in_the_ledgers(project, root_client):
    factories.report(project, 2017, 2, "90", reason="更正")
    ledger = "/admin/projects/progressreport/"
    found = {v: len(root_client.get(ledger, {"versions": v}).context["cl"].result_list) for v in ("past", "all")}
    assert (len(root_client.get(ledger).context["cl"].result_list), found) == (2, {"past": 1, "all": 3})


def test_the_number_of_statements_does_not_grow_with_the_projects(root_client, district):
    counted = []
    for many in (5, 50):
        while Project.objects.count() < many:
            made = factories.ProjectFactory(area=district.area)
            factories.plan(made, 2017, "120")
            factories.report(made, 2017, 1, "10")
        with CaptureQueriesContext(
            connection,
        ) as statements:
            root_client.get(address(Project, "changelist"))
        counted.append(len(statements))
    assert counted == [LIST_STATEMENTS, LIST_STATEMENTS]


class TestExport:
    def csv(self, client, **query):
        answer = client.get(reverse("admin:projects_project_export", args=["csv"]), query)
        text = b"".join(answer.streaming_content).decode()
        assert text.startswith("\ufeff")
        return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    def test_it_is_the_list_as_it_is_filtered(self, root_client, project, district):
        (row,) = self.csv(root_client, category__id__exact=project.category_id, month="1")
        assert row["项目名称"] == "街道路"
        assert row["2017年计划投资（万元）"] == "1200"
        assert row["2017年1–1月完成（万元）"] == "100"
        assert row["完成率（%）"] == "8.3"

    def test_choices_are_words(self, root_client, project):
        Project.objects.update(stage="construction", level="municipal")
        assert {(row["阶段"], row["级别"]) for row in self.csv(root_client)} == {("在建", "市级")}

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "\t=1", " =1"])
    def test_nothing_runs_as_a_formula(self, root_client, project, text):
        Project.objects.filter(pk=project.pk).update(note=text)
        assert self.csv(root_client, q="街道路")[0]["备注"] == f"'{text}"
        assert self.sheet(root_client)[1][-1] == (f"'{text}", "s")

    def sheet(self, client):
        answer = client.get(reverse("admin:projects_project_export", args=["xlsx"]))
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        return [[(cell.value, cell.data_type) for cell in row] for row in book.active.iter_rows()]

    def test_amounts_are_numbers_in_excel(self, root_client, project):
        headers, first, *_rest = self.sheet(root_client)
        row = dict(zip((value for value, _type in headers), first, strict=True))
        assert row["2017年1–2月完成（万元）"] == (180.5, "n")

    def test_an_unknown_format_is_not_there(self, root_client, district):
        assert root_client.get(reverse("admin:projects_project_export", args=["exe"])).status_code == 404

    def test_a_nonsensical_filter_exports_nothing(self, root_client, project):
        assert root_client.get(reverse("admin:projects_project_export", args=["csv"]), {"no": "1"}).status_code == 400

    def test_negative_amounts_stay_numbers(self, root_client, project):
        FilingCheck.objects.create(code=FilingCheck.Code.NEGATIVE_TO_DATE, severity=FilingCheck.Severity.OFF)
        factories.report(project, 2017, 3, "-200", reason="多报")
        (row, *_rest) = self.csv(root_client)
        assert Decimal(row["2017年1–3月完成（万元）"]) == Decimal("-19.5")
