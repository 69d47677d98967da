"""The page on reporting: figures, where they lead, who sees what, and what may be asked."""

from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from projects.models import ProgressReport
from projects.services import periods
from tests.factories import ProjectFactory, plan, report

PAGE, ROWS = "/admin/timeliness/", "/admin/timeliness/rows/"


@pytest.fixture
def busy(district):
    """January of 2017 was filed in time by the street, not at all by the town; February late by the street."""
    periods.create_periods(year=2017, by=None, due_day=20, lock_days=0)
    for project in (district.street_project, district.town_project):
        plan(project, 2017, 1200)
    for month, day in ((1, 10), (2, 25)):
        accepted(district.street_project, month, day)
    return district


def accepted(project, month, day):
    row = report(project, 2017, month, 100)
    at = datetime(2017, month, day, 12, tzinfo=timezone.get_current_timezone())
    ProgressReport.objects.filter(pk=row.pk).update(
        filed_at=at, submitted_at=at, on_time=day <= 20, accepted_at=at + timezone.timedelta(days=3)
    )


def get(client, address=PAGE, **query):
    return client.get(address, {"year": 2017, "from_month": 1, "month": 2, **query})


class TestPage:
    def test_its_figures_are_those_of_the_report(self, busy, signed_in):
        answer = get(signed_in(busy.leader))
        total = answer.context["total"]
        assert (total.due, total.filed, total.on_time, total.overdue) == (4, 2, 1, 2)
        page = answer.content.decode()
        for shown in ("50.0%", "25.0%", "已报 2 ÷ 到期应报 4", "平均 3.0 天", "某站", "某镇", "社会民生"):
            assert shown in page

    def test_every_count_leads_to_as_many_rows(self, busy, signed_in):
        client = signed_in(busy.leader)
        answer = get(client)
        lines = [line for _name, table in answer.context["tables"] for line in table.lines]
        cells = [cell for line in lines for cell in line.cells.values() if cell.href and cell.text.isdecimal()]
        assert len(cells) == 10
        for cell in cells:
            rows = client.get(cell.href)
            assert (rows.status_code, rows.context["page"].paginator.count) == (200, int(cell.text)), cell.href

    def test_a_month_of_the_strip_leads_to_that_month(self, busy, signed_in):
        client = signed_in(busy.leader)
        january = get(client).context["strip"][0]
        rows = client.get(january.cells["overdue"].href)
        assert [(row.project, row.filing.month) for row in rows.context["rows"]] == [(busy.town_project, 1)]

    def test_sorted_by_a_column_the_worst_first_then_the_other_way_round(self, busy, signed_in):
        client = signed_in(busy.leader)

        def units(**query):
            return [line.name for line in get(client, **query).context["tables"][0][1].lines]

        assert units(sort="filed_rate") == ["某镇", "某站"]
        assert units(sort="-filed_rate") == ["某站", "某镇"]
        headings = {h["label"]: h for h in get(client, sort="filed_rate").context["tables"][0][1].headings}
        assert headings["报送率（%）"]["state"] == "ascending"
        assert parse_qs(urlsplit(headings["报送率（%）"]["href"]).query)["sort"] == ["-filed_rate"]
        assert units(sort="nonsense") == ["某站", "某镇"]

    def test_units_are_rolled_up_and_their_rows_follow(self, busy, signed_in):
        client = signed_in(busy.leader)
        line = get(client, level=2).context["tables"][0][1].lines[0]
        rows = client.get(line.cells["filed"].href)
        assert (line.name, rows.context["page"].paginator.count) == ("某街道", 2)

    def test_one_unit_with_all_below_it_or_one_category(self, busy, signed_in):
        client = signed_in(busy.leader)
        assert get(client, unit="street").context["total"].due == 2
        assert get(client, category="homes").context["total"].filed == 0

    def test_what_is_not_due_yet_stands_apart(self, busy, signed_in):
        today = timezone.localdate()
        plan(busy.street_project, today.year + 1, 10)
        periods.create_periods(year=today.year + 1, by=None)
        answer = get(signed_in(busy.leader), year=today.year + 1)
        assert (answer.context["total"].due, answer.context["total"].not_yet_due) == (0, 2)
        assert "未到期 2 项目·月" in answer.content.decode()

    def test_a_reporter_sees_only_their_own_subtree(self, busy, signed_in):
        answer = get(signed_in(busy.reporter))
        assert answer.context["total"].projects == 1
        assert "某镇" not in answer.content.decode()

    def test_without_anything_due_it_says_what_would_be(self, district, signed_in):
        answer = get(signed_in(district.leader), year=timezone.localdate().year)
        assert "没有应报的项目" in answer.content.decode()

    def test_definitions_stand_on_the_page(self, busy, signed_in):
        assert "按时率 = 按时 ÷ 到期应报" in get(signed_in(busy.leader)).content.decode()


class TestWhatMayBeAsked:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"month": 13}, "月份“13”不对"),
            ({"from_month": 5}, "起始月份应不晚于截至月份"),
            ({"year": 1066}, "没有“1066”年度的数据"),
            ({"year": "二〇一七"}, "年度的数据"),
            ({"unit": "town"}, "没有“town”这个选项"),
            ({"level": 99}, "没有“99”这个选项"),
        ],
    )
    def test_nonsense_is_answered_with_what_would_be_right(self, busy, signed_in, query, said):
        answer = get(signed_in(busy.reporter), **query)
        assert answer.status_code == 400
        assert said in answer.content.decode()

    @pytest.mark.parametrize("query", [{"of": "everything"}, {}, {"of": "due", "led_by": "town"}])
    def test_rows_of_an_unknown_figure_or_of_a_unit_out_of_sight(self, busy, signed_in, query):
        assert get(signed_in(busy.reporter), ROWS, **query).status_code == 400

    @pytest.mark.parametrize("address", [PAGE, ROWS, "/admin/timeliness/export/csv/"])
    def test_it_is_for_those_who_may_see_projects(self, busy, signed_in, address):
        assert get(signed_in(busy.honours), address).status_code == 403

    def test_it_is_offered_in_the_navigation_to_those_only(self, busy, signed_in):
        assert reverse("admin:timeliness") in signed_in(busy.leader).get("/admin/").content.decode()
        assert reverse("admin:timeliness") not in signed_in(busy.honours).get("/admin/").content.decode()


class TestExport:
    def test_all_three_tables_with_their_units(self, busy, signed_in):
        answer = get(signed_in(busy.leader), "/admin/timeliness/export/csv/", sort="filed_rate")
        header, *lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert header.startswith("分组,名称,项目,到期应报,已报,按时,逾期未报,报送率（%）")
        assert lines[0].startswith("合计,合计,2,4,2,1,2,50,25,50,50,100,0,3,3,")
        assert [line.split(",")[1] for line in lines[1:]] == ["某镇", "某站", "社会民生", "基础设施", "1 月", "2 月"]

    def test_the_rows_too(self, busy, signed_in):
        answer = get(signed_in(busy.leader), "/admin/timeliness/rows/export/csv/", of="late")
        _header, line = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert line == "S1,街道路,某站,基础设施,2,1200,2017-02-20,逾期报送,2017-02-25 12:00,0,2017-02-28 12:00,3"

    def test_excel(self, busy, signed_in):
        assert get(signed_in(busy.leader), "/admin/timeliness/export/xlsx/").status_code == 200

    def test_another_format_is_not_there(self, busy, signed_in):
        assert get(signed_in(busy.leader), "/admin/timeliness/export/pdf/").status_code == 404


@pytest.mark.parametrize("address", [PAGE, f"{ROWS}?of=due"])
def test_the_number_of_statements_does_not_grow(busy, signed_in, address):
    client = signed_in(busy.leader)

    def opened():
        return client.get(address, {"year": 2017, "month": 2} | ({"of": "due"} if "of" in address else {})).status_code

    def cost():
        opened()  # Whoever comes first after a change reads the reference rows for all.
        with CaptureQueriesContext(connection) as queries:
            assert opened() == 200
        return len(queries)

    few = cost()
    for _ in range(10):
        plan(ProjectFactory(area=busy.area), 2017, 10)
    assert cost() == few


def test_today_is_named_because_it_decides_what_is_due(busy, signed_in):
    assert f"按今天（{date.today().isoformat()}）" in get(signed_in(busy.leader)).content.decode()  # noqa: DTZ011
