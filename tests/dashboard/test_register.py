"""The register page: the API's filters over the same rows, sorted and cut by the database; exports; saved views."""

import csv
import io
import re
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from erqi.accounts.roles import Role
from erqi.core import keyset
from erqi.dashboard.pages.register import columns, orders
from projects import reports
from projects.filtersets import ProjectFilterSet
from projects.models import AnnualPlan, ProgressReport, Project, SavedView
from projects.services.saved_views import rename_view, save_view
from tests import factories
from tests.clients import API, client_for
from tests.dashboard.words import CHINESE, text_of

pytestmark = pytest.mark.usefixtures("kept_year")
REGISTER = "/projects/"
FEBRUARY = {"year": 2017, "month": 2}


@pytest.fixture
def shown(opened_by, year):
    """The page about February 2017 as the leader sees it."""

    def get(user=None, **query):
        return opened_by(user or year.leader, REGISTER, **{**FEBRUARY, **query})

    return get


def codes(response) -> list[str]:
    return [row.project.code for row in response.context["rows"]]


def cells(row) -> dict:
    return {column.name: value for column, value in row.cells}


def addresses(response, name: str) -> list[str]:
    """The links whose query says something of ``name``."""
    found = [href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"#]*)"', response.content.decode())]
    return [href for href in found if name in parse_qs(urlsplit(href).query)]


# Filters


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"search": "jdl"},
        {"search": "学校"},
        {"category": "homes"},
        {"unit": "street"},
        {"lead_unit": "street"},
        {"lead_unit": "town", "category": "homes"},
        {"programme_within": "inner"},
        {"stage": "idea"},
        {"light": "red"},
        {"light": "red,yellow,green"},
        {"year_class": "continued"},
        {"gap": "plan"},
        {"gap": "report", "month": 3},
        {"gap": "unit"},
        {"behind": "true"},
        {"behind": "false"},
        {"behind": "true", "baseline": "original"},
        {"planned_in": "2017"},
        {"area": "area", "published": "false"},
        {"parent": "S1"},
    ],
    ids=str,
)
def test_filters_find_what_the_api_finds(shown, year, query):
    homes = year.town_project.category
    inner = factories.ProgrammeFactory(code="inner", category=homes)
    Project.objects.filter(code="T1").update(programme=inner)
    factories.recount()
    factories.plan(year.town_project, 2017, "90", year_class="continued", reason="下调")
    page = shown(**query)
    api = client_for(year.leader).get(f"{API}/projects/", {**FEBRUARY, **query}).json()
    assert codes(page) == [row["code"] for row in api["results"]]
    assert page.context["count"] == api["count"]


def test_a_form_is_answered_with_the_address_of_what_was_chosen(opened_by, year):
    answer = opened_by(year.leader, f"{REGISTER}?search=&light=red&light=yellow&year=2017&month=2&as_of=&columns=plan")
    assert answer.status_code == 302
    assert answer["Location"] == f"{REGISTER}?light=red%2Cyellow&columns=plan&year=2017&month=2"


def test_names_of_filters_follow_the_reader_whoever_asked_first():
    for name, found in ProjectFilterSet.base_filters.items():
        with translation.override("en"):
            first = str(found.label)
        with translation.override("zh-hans"):
            assert CHINESE.search(str(found.label)), (name, first)


def test_each_condition_can_be_taken_away_by_itself(shown):
    page = shown(category="homes", gap="unit", light="red,grey")
    chips = {chip.label: (chip.value, parse_qs(urlsplit(chip.without).query)) for chip in page.context["chips"]}
    assert {label: value for label, (value, _without) in chips.items()} == {
        "类别": "社会民生",
        "待补": "没有责任单位",
        "亮灯": "红灯、灰灯",
    }
    assert chips["待补"][1] == {"category": ["homes"], "light": ["red,grey"], "year": ["2017"], "month": ["2"]}


@pytest.mark.parametrize(
    "query",
    [
        {"light": "orange"},
        {"gap": "everything"},
        {"category": "gone"},
        {"unit": "nowhere"},
        {"unit": "\x00"},
        {"parent": "gone"},
        {"year_class": "old"},
        {"behind": "1"},
        {"search": "长" * 101},
        {"sort": "height"},
        {"sort": "-"},
        {"columns": "height"},
        {"size": "1000"},
        {"size": "５０"},
        {"cursor": "x"},
        {"planned_in": "99999999999"},
    ],
    ids=str,
)
def test_what_is_not_understood_is_said_and_the_rest_is_kept(shown, query):
    page = shown(**{"stage": "construction", **query})
    assert page.status_code == 400
    assert codes(page) == []
    assert "有条件不对，没有查询" in text_of(page)
    assert page.context["errors"]
    chip = next(chip for chip in page.context["chips"] if chip.label == "阶段")
    assert chip.value == "在建"
    assert 'value="construction" selected' in page.content.decode()


def test_a_value_that_is_gone_stays_visible_to_be_taken_away(shown):
    page = shown(category="gone")
    chip = page.context["chips"][0]
    assert (chip.value, chip.wrong) == ("gone", True)
    assert "category" not in parse_qs(urlsplit(chip.without).query)


# Figures


def test_a_row_says_what_the_reports_say_of_it(shown, year):
    factories.plan(year.town_project, 2017, "90", reason="下调")
    for basis in ({}, {"baseline": "original"}):
        for row in shown(**basis).context["rows"]:
            scope = Project.objects.filter(pk=row.project.pk)
            arguments = {**FEBRUARY, "projects": scope, "baseline": basis.get("baseline", "current")}
            total = reports.overview(**arguments).total
            found = cells(row)
            assert (found["plan"] or 0, found["rate"], found["ahead"]) == (total.plan, total.rate, total.ahead)
            assert (found["done"] or 0) == total.done + total.unplanned


def test_the_total_is_that_of_all_rows_found_not_of_the_page(shown, year):
    factories.report(year.unled_project, 2017, 2, "7")
    page = shown(size=20, category="homes")
    rows = Project.objects.filter(category__code="homes")
    assert page.context["total"] == reports.overview(**FEBRUARY, projects=rows).total
    assert "计划外完成 0.00 亿元" in text_of(page)


def test_as_known_on_a_day(shown, year):
    AnnualPlan.objects.update(recorded_at=datetime(2017, 1, 1, tzinfo=UTC))
    ProgressReport.objects.update(accepted_at=datetime(2017, 3, 10, tzinfo=UTC))
    before, after = shown(as_of="2017-03-01"), shown(as_of="2017-03-31")
    assert [cells(row)["done"] for row in before.context["rows"]] == [None, None, None]
    assert [cells(row)["done"] for row in after.context["rows"]] == [600, 1600, None]
    assert "按 2017-03-01 23:59 当时掌握" in text_of(before)
    assert before.context["total"].done == 0
    assert codes(shown(as_of="2017-03-31", behind="true")) == ["S1", "T1"]


def test_what_is_unknown_is_a_dash_and_no_rate(shown):
    row = next(row for row in shown().context["rows"] if row.project.code == "U1")
    assert {name: cells(row)[name] for name in ("plan", "done", "rate", "ahead")} == dict.fromkeys(
        ("plan", "done", "rate", "ahead")
    )


def test_nothing_found_says_what_to_do(shown):
    page = shown(search="没有这样的名称")
    assert page.status_code == 200
    assert (page.context["count"], page.context["counted_capped"]) == (0, False)
    assert "没有符合条件的项目" in text_of(page)


def test_the_count_stops_at_a_thousand_as_in_the_api(shown, monkeypatch):
    monkeypatch.setattr(keyset, "COUNTED", 2)
    page = shown()
    assert (page.context["count"], page.context["counted_capped"]) == (2, True)


# Order and pages


@pytest.fixture(scope="class")
def kept_many(kept_by_class, kept_year):
    """Equal values, unknown values, a plan of nothing, whole numbers that must not be divided as such."""
    year = deepcopy(kept_year)
    unit, category = year.town, year.town_project.category
    for number, (amount, done, finish) in enumerate(
        [("3", "1", None), ("6", "2", "2018-01-01"), ("0", "0", "2018-01-01"), ("0.9", "0.3", None), (None, "5", None)]
        * 5
    ):
        project = factories.ProjectFactory(
            code=f"M{number:02d}", lead_unit=unit, area=year.area, category=category, total_investment=amount
        )
        Project.objects.filter(pk=project.pk).update(planned_finish=finish and date.fromisoformat(finish))
        if amount is not None:
            factories.plan(project, 2017, amount)
        factories.report(project, 2017, 1, done)


def walk(shown, **query) -> list:
    """All rows from the first page to the last; and back to the first again, the same."""
    pages = [shown(size=20, **query)]
    while address := pages[-1].context["later"]:
        pages.append(shown(cursor=parse_qs(urlsplit(address).query)["cursor"][0], size=20, **query))
    back = pages[-1]
    for before in pages[-2::-1]:
        back = shown(cursor=parse_qs(urlsplit(back.context["earlier"]).query)["cursor"][0], size=20, **query)
        assert codes(back) == codes(before)
    assert back.context["earlier"] in {None, ""}
    return [row for page in pages for row in page.context["rows"]]


def sortable(row, name):
    project = row.project
    if name in {"category", "lead_unit"}:
        named = getattr(project, name)
        return named and (named.order, named.code)
    if name == "light":
        return {"green": 0, "grey": 1, "yellow": 2, "red": 3}.get(project.light)
    if name in {"code", "name"}:
        return getattr(project, name)
    found = columns.BY_NAME[name].value(project)
    return round(found, 6) if isinstance(found, Decimal) else found


def read(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


QUERIES = [
    {},
    {"sort": "-ahead"},
    {"behind": "true", "sort": "name", "columns": "plan,done"},
    {"columns": ",".join(columns.BY_NAME), "size": "20"},
]


@pytest.mark.usefixtures("kept_many")
class TestManyRows:
    def test_every_order_is_in_order_and_loses_no_row(self, shown):
        everything = sorted(Project.objects.values_list("code", flat=True))
        for sort in orders.NAMES:
            rows = walk(shown, sort=sort)
            assert sorted(row.project.code for row in rows) == everything, sort
            found = [sortable(row, sort.removeprefix("-")) for row in rows]
            known = [value for value in found if value is not None]
            assert known == sorted(known, reverse=sort.startswith("-")), sort
            # What is unknown stands last in either direction.
            assert found == known + [None] * (len(found) - len(known)), sort

    def test_a_cursor_of_another_order_is_refused(self, shown):
        cursor = parse_qs(urlsplit(shown(size=20).context["later"]).query)["cursor"][0]
        page = shown(size=20, sort="name", cursor=cursor)
        assert page.status_code == 400
        assert "请从第一页重新读取" in text_of(page)

    def test_changing_anything_starts_at_the_first_page(self, shown):
        later = shown(size=20).context["later"]
        page = shown(size=20, cursor=parse_qs(urlsplit(later).query)["cursor"][0], category="homes")
        elsewhere = [
            href for href in addresses(page, "cursor") if href not in {page.context["earlier"], page.context["later"]}
        ]
        assert elsewhere == []

    @pytest.mark.parametrize("query", QUERIES, ids=str)
    def test_the_file_holds_what_the_table_shows_all_pages_of_it(self, shown, year, opened_by, query):
        rows = walk(shown, **{name: value for name, value in query.items() if name != "size"})
        page = shown(**query)
        address = dict(page.context["exports"])["csv"]
        written = read(opened_by(year.leader, address))
        assert [row["项目名称"] for row in written] == [row.project.name for row in rows]
        assert len(written[0]) == len(page.context["headings"])
        for line, row in zip(written, rows, strict=True):
            found = cells(row)
            assert Decimal(line["2017年计划投资（万元）"] or 0) == (found["plan"] or 0)
            assert Decimal(line["2017年1–2月完成（万元）"] or 0) == (found["done"] or 0)


def test_a_heading_sorts_and_turns(shown):
    first = {heading.column.name: heading for heading in shown().context["headings"]}
    assert first["code"].direction == "ascending"
    assert parse_qs(urlsplit(first["code"].href).query)["sort"] == ["-code"]
    # The biggest first, the latest first.
    assert parse_qs(urlsplit(first["plan"].href).query)["sort"] == ["-plan"]
    assert parse_qs(urlsplit(first["ahead"].href).query)["sort"] == ["ahead"]
    page = shown(sort="-plan")
    turned = {heading.column.name: heading for heading in page.context["headings"]}
    assert (turned["plan"].direction, turned["code"].direction) == ("descending", "")
    assert parse_qs(urlsplit(turned["plan"].href).query)["sort"] == ["plan"]
    assert 'aria-sort="descending"' in page.content.decode()


# Columns


def test_columns_are_chosen_and_the_name_always_stays(shown):
    page = shown(columns="sponsor,plan")
    assert [heading.column.name for heading in page.context["headings"]] == ["name", "plan", "sponsor"]
    assert [heading.column.name for heading in shown().context["headings"]] == [
        column.name for column in columns.COLUMNS if column.usual
    ]


# Who sees what


def test_a_clerk_finds_only_their_own_on_the_page_and_in_the_file(shown, opened_by, year):
    page = shown(year.reporter)
    assert codes(page) == ["S1"]
    assert page.context["total"].projects == 1
    address = page.context["exports"][0][1]
    assert [row["项目编号"] for row in read(opened_by(year.reporter, address))] == ["S1"]


def test_lists_of_choices_do_not_tell_of_others(shown, year):
    page = shown(year.reporter)
    units = next(field for field in page.context["foremost"] if field.name == "unit")
    assert [option.value for option in units.options] == ["station"]
    assert shown(year.reporter, parent="T1").status_code == 400


def test_a_unit_above_those_listed_stays_chosen(shown):
    units = next(field for field in shown(unit="street").context["foremost"] if field.name == "unit")
    assert [option.label for option in units.options if option.chosen] == ["某街道"]


# Export


def test_a_file_for_excel(shown, opened_by, year):
    Project.objects.filter(code="S1").update(name="=1+1", total_investment="1234.5678")
    answer = opened_by(year.leader, dict(shown().context["exports"])["xlsx"])
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    head, first, *_rest = sheet.iter_rows(values_only=True)
    row = dict(zip(head, first, strict=True))
    assert (row["项目名称"], row["计划总投资（万元）"]) == ("'=1+1", 1234.5678)
    assert "超/欠时序（百分点）" in row


def test_a_file_is_refused_where_the_page_is(opened_by, year):
    address = reverse("dashboard:register_export", args=["csv"])
    answer = opened_by(year.leader, address, light="orange")
    assert answer.status_code == 400
    assert "有条件不对" in text_of(answer)
    assert opened_by(year.leader, "/projects/export.pdf").status_code == 404
    assert opened_by(year.honours, address).status_code == 403


def statements(client, address, **query) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, {**FEBRUARY, **query})
        if answer.streaming:
            b"".join(answer.streaming_content)
    assert answer.status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("address", "query"),
    [(REGISTER, {}), (REGISTER, {"sort": "-rate", "behind": "true", "unit": "area"}), ("/projects/export.csv", {})],
    ids=str,
)
def test_statements_do_not_grow_with_the_rows(year, client, address, query):
    client.force_login(year.leader)
    statements(client, address, **query)
    few = statements(client, address, **query)
    for _ in range(30):
        project = factories.ProjectFactory(
            area=year.area, lead_unit=factories.UnitFactory(parent=year.area), category=year.town_project.category
        )
        factories.plan(project, 2017, 12)
    # Reference rows that have changed are read once by each process.
    statements(client, address, **query)
    assert statements(client, address, **query) == few


# Saved views


@pytest.fixture
def post(client, year):
    def send(address, user=None, **data):
        client.force_login(user or year.leader)
        return client.post(address, data, follow=True)

    return send


SAVE = "/views/"


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_a_view_is_saved_and_opens_at_the_newest_month(post, year):
    query = "light=red%2Cyellow&sort=-ahead&columns=plan&year=2017&month=2"
    page = post(SAVE, name=" 红黄灯  项目 ", query=query)
    assert "已保存视图“红黄灯 项目”" in said(page)
    view = SavedView.objects.get()
    assert (view.user, view.name) == (year.leader, "红黄灯 项目")
    assert view.query == "light=red%2Cyellow&sort=-ahead&columns=plan"
    saved, address, here = page.context["saved"][0]
    assert (saved, address, here) == (view, f"{REGISTER}?{view.query}", True)


def test_a_view_can_keep_its_month(post):
    post(SAVE, name="二月", query="gap=report&year=2017&month=2&cursor=x", pinned="on")
    assert SavedView.objects.get().query == "gap=report&year=2017&month=2"


def test_only_what_the_register_knows_is_kept(post):
    page = post(SAVE, name="怪", query="stage=idea&next=https://example.org&x=1")
    assert SavedView.objects.get().query == "stage=idea"
    assert page.redirect_chain[-1][0].startswith(REGISTER)


def test_a_name_is_taken_once_by_each_reader(post, year):
    post(SAVE, name="我的", query="")
    page = post(SAVE, name="我的", query="stage=idea")
    assert "您已有同名的视图" in said(page)
    assert [chip.label for chip in page.context["chips"]] == ["阶段"]
    post(SAVE, user=year.reporter, name="我的", query="")
    assert SavedView.objects.count() == 2


@pytest.mark.parametrize("name", ["", "   ", "长" * 61, "a\x00b", "a\u202eb"])
def test_a_name_must_be_one(post, name):
    assert "没有保存" in said(post(SAVE, name=name, query=""))
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_them(post, monkeypatch):
    monkeypatch.setattr(SavedView, "MOST", 1)
    post(SAVE, name="一", query="")
    assert "最多保存 1 个视图" in said(post(SAVE, name="二", query=""))


def test_a_view_deleted_in_another_window_is_said_to_be_gone(year):
    view = save_view(by=year.leader, name="旧", query="stage=idea")
    gone = SavedView.objects.get(pk=view.pk)
    view.delete()
    with pytest.raises(ValidationError, match="刚被删除"):
        rename_view(gone, name="新")


def test_renamed_and_removed(post, year):
    view = save_view(by=year.leader, name="旧", query="stage=idea")
    save_view(by=year.leader, name="别的", query="")
    assert "同名" in said(post(f"/views/{view.pk}/rename/", name="别的", query=""))
    post(f"/views/{view.pk}/rename/", name="新", query="stage=idea")
    view.refresh_from_db()
    assert (view.name, view.query) == ("新", "stage=idea")
    page = post(f"/views/{view.pk}/remove/", query="gap=unit")
    assert "已删除视图“新”" in said(page)
    assert [chip.label for chip in page.context["chips"]] == ["待补"]
    assert [found.name for found in SavedView.objects.all()] == ["别的"]


def test_nobody_reaches_anothers(post, shown, year):
    view = save_view(by=year.reporter, name="我的", query="stage=idea")
    assert shown().context["saved"] == []
    for verb in ("rename", "remove"):
        assert post(f"/views/{view.pk}/{verb}/", name="x", query="").status_code == 404
    view.refresh_from_db()
    assert view.name == "我的"


def test_only_by_a_form_of_ours(client, year):
    client.force_login(year.leader)
    assert client.get(SAVE).status_code == 405
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(year.leader)
    assert strict.post(SAVE, {"name": "x", "query": ""}).status_code == 403
    client.logout()
    assert client.post(SAVE, {"name": "x", "query": ""}).status_code == 302
    client.force_login(factories.user_with(Role.HONOURS, over=year.area))
    assert client.post(SAVE, {"name": "x", "query": ""}).status_code == 403
    assert not SavedView.objects.exists()


def test_a_view_whose_category_is_gone_opens_with_the_message(opened_by, year):
    save_view(by=year.leader, name="旧类别", query="category=gone&stage=idea")
    page = opened_by(year.leader, f"{REGISTER}?{SavedView.objects.get().query}")
    assert page.status_code == 400
    assert "没有编号为“gone”的记录" in text_of(page)
    assert [chip.wrong for chip in page.context["chips"]] == [True, False]
