"""The register as other systems read it: fields, own figures, and everything at once."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from erqi.core.exports import AmountText, table_file
from erqi.core.fields import AmountField
from projects import reports
from projects.api.serializers import ProjectSerializer
from projects.models import Project
from projects.reports.register import Reader, register_rows
from tests.clients import API, client_for, paths
from tests.factories import ProgrammeFactory, ProjectFactory, SourceFactory, UnitFactory, plan, report

PROJECTS = f"{API}/projects/"


@pytest.fixture
def bureau(district):
    client = client_for(district.reviewer)
    client.get(f"{API}/me/")
    return client


def rows(answer) -> dict[str, dict]:
    assert answer.status_code == 200, answer.content
    return {row["code"]: row for row in answer.json()["results"]}


def rich(district) -> Project:
    """A project of which everything is known."""
    project = ProjectFactory(
        code="R1",
        area=district.area,
        category=district.street_project.category,
        programme=ProgrammeFactory(category=district.street_project.category),
        lead_unit=district.street,
        host_unit=district.town,
        owner=UnitFactory(),
        parent=district.street_project,
        source=SourceFactory(),
        level="district",
        nature="new",
        stage="construction",
        commitment="ensure",
        contact_phone="13812345678",
        planned_start="2017-03-01",
        total_investment=Decimal("1234.5"),
        in_statistics=False,
        package_count=3,
        quotes=[{"words": "某路", "fields": ["name"]}],
    )
    project.supporting_units.set([district.town, district.station])
    for code in ("2017-410103-48-01-001235", "2017-410103-48-01-001234"):
        project.approval_codes.create(code=code)
    return Project.objects.get(pk=project.pk)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_row_says_what_the_model_says(bureau, district, language):
    """The serializer, asked about the model's instance, is what the prepared statement has to agree with."""
    found = [rich(district), district.street_project, district.town_project]
    with translation.override(language):
        expected = {project.code: ProjectSerializer(project).data for project in found}
    read = rows(bureau.get(PROJECTS, headers={"Accept-Language": language}))
    for code, values in expected.items():
        # The number is masked by who reads; the units stand in the table's own order.
        for name in values.keys() - {"contact_phone", "supporting_units"}:
            assert read[code][name] == values[name], (code, name)
        assert sorted(read[code]["supporting_units"]) == sorted(values["supporting_units"])
    one = bureau.get(f"{PROJECTS}R1/", headers={"Accept-Language": language}).json()
    assert one == read["R1"]


def test_a_phone_number_is_for_those_who_may_change_the_row(bureau, district):
    rich(district)
    shown = {user: client_for(user).get(f"{PROJECTS}R1/").json() for user in (district.reporter, district.leader)}
    assert [(row["contact_phone"], row["may_change"]) for row in shown.values()] == [
        ("13812345678", True),
        ("138****5678", False),
    ]


def test_a_parent_out_of_sight_reads_as_none(district):
    project = ProjectFactory(code="R2", area=district.area, lead_unit=district.street, parent=district.town_project)
    seen = client_for(district.reviewer).get(f"{PROJECTS}{project.code}/").json()
    unseen = client_for(district.reporter).get(f"{PROJECTS}{project.code}/").json()
    assert (seen["parent"], seen["parent_name"]) == ("T1", "镇学校")
    assert (unseen["parent"], unseen["parent_name"]) == (None, None)


class TestFields:
    def test_only_what_is_asked_for_is_read_and_sent(self, bureau):
        with CaptureQueriesContext(connection) as asked:
            row = rows(bureau.get(f"{PROJECTS}?fields=code,lead_unit_name"))["S1"]
        assert row == {"code": "S1", "lead_unit_name": "某站"}
        assert not any('"content"' in query["sql"] for query in asked)

    def test_also_of_one_row(self, bureau):
        assert bureau.get(f"{PROJECTS}S1/?fields=name").json() == {"name": "街道路"}

    def test_in_the_answers_own_order(self, bureau):
        assert list(bureau.get(f"{PROJECTS}S1/?fields=name,code").json()) == ["code", "name"]

    @pytest.mark.parametrize("fields", ["code,nmae", "secret", "code,,name"])
    def test_an_unknown_one_is_refused(self, bureau, fields):
        refused = bureau.get(f"{PROJECTS}?fields={fields}")
        assert (refused.status_code, paths(refused)) == (400, ["/fields"])

    def test_every_field_can_be_asked_for_alone(self, bureau, district):
        rich(district)
        whole = bureau.get(f"{PROJECTS}R1/").json()
        for name, value in whole.items():
            assert bureau.get(f"{PROJECTS}R1/?fields={name}").json() == {name: value}


class TestProgress:
    def test_a_projects_own_figures_of_a_year(self, bureau, district):
        plan(district.street_project, 2017, 1200)
        for month, invested in ((1, 50), (2, 100), (4, 900)):
            report(district.street_project, 2017, month, invested)
        found = rows(bureau.get(f"{PROJECTS}?year=2017&month=3"))
        assert found["S1"]["progress"] == {
            "year": 2017,
            "month": 3,
            "plan": "1200.0000",
            "scheduled": "300.0000",
            "done": "150.0000",
            "rate": "0.125000",
            "ahead_points": "-12.5000",
        }
        assert found["T1"]["progress"] == {
            "year": 2017,
            "month": 3,
            "plan": None,
            "scheduled": None,
            "done": None,
            "rate": None,
            "ahead_points": None,
        }

    def test_it_adds_up_to_the_statistics(self, bureau, district):
        for project, planned in ((district.street_project, 1200), (district.town_project, 600)):
            plan(project, 2017, planned)
            report(project, 2017, 2, planned / 10)
        found = rows(bureau.get(f"{PROJECTS}?year=2017&month=2"))
        total = reports.overview(year=2017, month=2).total
        assert sum(Decimal(row["progress"]["done"]) for row in found.values() if row["progress"]["done"]) == total.done

    def test_without_a_month_the_whole_year(self, bureau, district):
        report(district.street_project, 2017, 12, 7)
        progress = rows(bureau.get(f"{PROJECTS}?year=2017"))["S1"]["progress"]
        assert (progress["month"], progress["done"]) == (12, "7.0000")

    def test_without_a_year_none(self, bureau):
        assert rows(bureau.get(PROJECTS))["S1"]["progress"] is None


def test_a_project_that_left_the_readers_reach_after_its_key_was_read_is_not_shown(district):
    names, keys = frozenset({"name"}), [district.street_project.pk, district.town_project.pk]
    assert [row.name for row in register_rows(keys, names, Reader.of(district.reporter))] == ["街道路"]


class TestExport:
    def table(self, client, query="") -> list[dict]:
        answer = client.get(f"{PROJECTS}export/{query}", headers={"Accept": "text/csv"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    def test_everything_in_reach_says_what_the_list_says(self, bureau, district):
        rich(district)
        plan(district.street_project, 2017, 1200)
        report(district.street_project, 2017, 2, 30)
        listed = rows(bureau.get(f"{PROJECTS}?year=2017&month=2&limit=200"))
        table = self.table(bureau, "?year=2017&month=2")
        assert [row["code"] for row in table] == sorted(listed)
        for row in table:
            whole = listed[row["code"]]
            for name in ("name", "area", "category", "category_name", "programme", "lead_unit_name", "stage", "owner"):
                assert row[name] == (whole[name] or ""), name
            for name in ("plan", "scheduled", "done"):
                known = whole["progress"][name]
                assert (Decimal(row[name]) if row[name] else None) == (Decimal(known) if known else None), name

    def test_amounts_keep_the_yuan_and_days_are_iso(self, bureau, district):
        project = district.street_project
        project.total_investment, project.planned_start = Decimal("1200.5"), date(2017, 3, 1)
        project.save()
        plan(project, 2017, 1200)
        report(project, 2017, 2, Decimal("5.0001"))
        street, *others = sorted(self.table(bureau, "?year=2017&month=2"), key=lambda row: row["code"] != "S1")
        shown = ("total_investment", "planned_start", "plan", "scheduled", "done")
        assert [street[name] for name in shown] == ["1200.5000", "2017-03-01", "1200.0000", "200.0000", "5.0001"]
        assert {row["done"] for row in others} == {""}

    def test_an_amount_below_zero_is_no_formula(self, district):
        amount = AmountText(Value(Decimal("-5.5"), AmountField()))
        file = table_file(["code", "amount"], Project.objects.filter(code="S1").values_list("code", amount))
        assert file.read().decode().splitlines() == ["code,amount", "S1,-5.5000"]

    def test_narrowed_like_the_list(self, bureau):
        assert [row["code"] for row in self.table(bureau, "?unit=street")] == ["S1"]
        refused = bureau.get(f"{PROJECTS}export/?unit=nowhere")
        assert (refused.status_code, paths(refused)) == (400, ["/unit"])

    def test_conditions_that_no_row_can_meet_find_none(self, bureau):
        """A unit that stands in no map."""
        assert self.table(bureau, "?place=area") == []

    def test_nothing_out_of_reach(self, district):
        assert [row["code"] for row in self.table(client_for(district.reporter))] == ["S1"]
        assert client_for(district.nobody).get(f"{PROJECTS}export/").status_code == 403

    def test_text_that_a_spreadsheet_would_run_is_text(self, bureau, district):
        ProjectFactory(
            code="X1", area=district.area, lead_unit=district.town, name="=1+1", content=" +2", location="-3"
        )
        ProjectFactory(code="X2", area=district.area, lead_unit=district.town, name="\u2003=1", content="一\n=2")
        found = {row["code"]: row for row in self.table(bureau)}
        assert [found["X1"][name] for name in ("name", "content", "location")] == ["'=1+1", "' +2", "'-3"]
        assert [found["X2"][name] for name in ("name", "content")] == ["'\u2003=1", "一\n=2"]

    def test_two_statements_however_many_rows(self, bureau, district):
        for number in (1, 30):
            for _ in range(number):
                plan(ProjectFactory(area=district.area, lead_unit=district.street), 2017, 12)
            bureau.get(PROJECTS)
            with CaptureQueriesContext(connection) as asked:
                self.table(bureau, "?year=2017")
            said = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
            assert len(said) == 2, said
