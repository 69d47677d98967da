"""Loading the seed data at every start: it fills what is missing and never undoes what people did."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erqi.core.models import AuditEvent, SeededRow
from erqi.core.services import audit, seeding
from erqi.core.services.seeding import Fate
from projects.models import Category, Programme, Project, Target, Unit

pytestmark = pytest.mark.django_db

ROWS = {
    "01_unit": (
        "projects.unit",
        [
            {"code": "district", "name": "某区", "kind": "area"},
            {"code": "bureau", "name": "某局", "kind": "bureau", "parent": ["district"]},
            {"code": "street", "name": "某街道", "kind": "street", "parent": ["district"]},
        ],
    ),
    "02_category": ("projects.category", [{"code": "water", "name": "水利"}]),
    "03_programme": (
        "projects.programme",
        [{"code": "canals", "name": "渠道", "category": ["water"], "annual_plan": "2100000"}],
    ),
    "04_project": (
        "projects.project",
        [
            {
                "code": "P0001",
                "name": "王胡砦安置房",
                "area": ["district"],
                "category": ["water"],
                "programme": ["canals"],
                "supporting_units": [["street"], ["bureau"]],
            }
        ],
    ),
}


class Seeds:
    """A directory of fixtures that a test can change, and the command run on it."""

    def __init__(self, directory: Path):
        self.directory = directory
        for file in ROWS:
            self.write(file)

    def write(self, file: str, **changes) -> None:
        """The file as in ROWS, with ``changes`` made in its first row."""
        model, (first, *others) = ROWS[file]
        rows = [{"model": model, "fields": fields} for fields in ({**first, **changes}, *others)]
        self.write_text(file, yaml.safe_dump(rows, allow_unicode=True))

    def write_text(self, file: str, content: str) -> None:
        (self.directory / f"{file}.yaml").write_text(content, encoding="utf-8")

    def load(self) -> str:
        out = io.StringIO()
        call_command("load_fixtures", directory=self.directory, stdout=out)
        return out.getvalue()

    def outcome(self) -> seeding.Outcome:
        return seeding.load(self.directory)


@pytest.fixture
def seeds(tmp_path):
    return Seeds(tmp_path)


def loads() -> int:
    return AuditEvent.objects.filter(action="fixtures.load").count()


class TestFirstLoad:
    def test_creates_every_row_with_its_links(self, seeds):
        seeds.load()
        project = Project.objects.get(code="P0001")
        assert (project.area.code, project.programme.code) == ("district", "canals")
        assert set(project.supporting_units.values_list("code", flat=True)) == {"street", "bureau"}
        assert Unit.objects.get(code="street").parent.code == "district"
        assert Programme.objects.get().annual_plan == Decimal(2100000)

    def test_saves_as_a_person_would_so_search_and_history_are_filled(self, seeds):
        seeds.load()
        project = Project.objects.search("whz").get()
        assert project.history.latest().history_change_reason == "首次装载"

    def test_writes_one_audit_event_with_the_counts(self, seeds):
        seeds.load()
        event = AuditEvent.objects.get(action="fixtures.load")
        assert '"created": "6"' in event.after
        assert not list(audit.broken_links())

    def test_all_or_nothing(self, seeds):
        seeds.write("04_project", programme=["missing"])
        with pytest.raises(CommandError):
            seeds.load()
        assert not Unit.objects.exists()
        assert not SeededRow.objects.exists()


class TestSecondLoad:
    def test_changes_nothing_and_leaves_no_trace(self, seeds):
        seeds.load()
        before = (Project.history.count(), loads(), set(SeededRow.objects.values_list("key", "loaded_at")))
        assert "新增 0 行，更新 0 行，未变 6 行" in seeds.load()
        assert (
            Project.history.count(),
            loads(),
            set(SeededRow.objects.values_list("key", "loaded_at")),
        ) == before

    def test_its_statements_do_not_grow_with_the_rows(self, seeds):
        def statements_of_a_second_load() -> int:
            seeds.load()
            with CaptureQueriesContext(connection) as queries:
                seeds.load()
            return len(queries)

        few = statements_of_a_second_load()
        model, [first, *_others] = ROWS["04_project"]
        rows = [{"model": model, "fields": {**first, "code": f"P1{n:03d}"}} for n in range(30)]
        seeds.write_text("04_project", yaml.safe_dump(rows))
        assert statements_of_a_second_load() == few

    def test_a_row_nobody_touched_follows_the_fixture(self, seeds):
        seeds.load()
        seeds.write("04_project", name="王胡砦安置区", supporting_units=[["street"]])
        assert "更新 1 行" in seeds.load()
        project = Project.objects.get()
        assert project.name == "王胡砦安置区"
        assert [unit.code for unit in project.supporting_units.all()] == ["street"]
        assert project.history.latest().history_change_reason == "按新的装载文件更新"
        assert loads() == 2

    def test_a_fixture_may_start_to_name_another_field(self, seeds):
        seeds.load()
        seeds.write("04_project", location="某村")
        seeds.load()
        assert Project.objects.get().location == "某村"

    def test_a_row_added_to_the_fixtures_is_created(self, seeds):
        seeds.load()
        seeds.write_text("05_target", TARGET)
        assert "新增 1 行" in seeds.load()
        assert Target.objects.get().value == Decimal("31.5")


TARGET = """
- model: projects.target
  fields: {code: t01, year: 2017, category: [water], programme: [canals], indicator: 年度投资, value: "31.5"}
"""


class TestWhatPeopleDid:
    def edit(self, **changes) -> None:
        project = Project.objects.get()
        for name, value in changes.items():
            setattr(project, name, value)
        project.save()

    def test_an_edited_row_is_kept_and_named_even_if_the_fixture_changes(self, seeds):
        seeds.load()
        self.edit(name="王胡砦一期")
        assert "1 行有人改过" in seeds.load()
        seeds.write("04_project", name="王胡砦二期")
        printed = seeds.load()
        assert "项目 P0001 王胡砦一期" in printed
        assert Project.objects.get().name == "王胡砦一期"
        assert loads() == 1

    def test_changed_links_are_an_edit_too(self, seeds):
        seeds.load()
        Project.objects.get().supporting_units.clear()
        assert seeds.outcome().count(Fate.EDITED) == 1
        assert not Project.objects.get().supporting_units.exists()

    def test_an_edit_undone_is_no_edit(self, seeds):
        seeds.load()
        self.edit(name="王胡砦一期")
        self.edit(name="王胡砦安置房")
        assert seeds.outcome().count(Fate.SAME) == 6

    def test_a_field_the_fixture_leaves_open_is_for_people_to_fill(self, seeds):
        seeds.load()
        self.edit(lead_unit=Unit.objects.get(code="bureau"))
        seeds.write("04_project", name="王胡砦安置区")
        assert seeds.outcome().count(Fate.UPDATED) == 1
        project = Project.objects.get()
        assert (project.name, project.lead_unit.code) == ("王胡砦安置区", "bureau")

    def test_a_row_made_before_the_first_load_is_theirs(self, seeds):
        Category.objects.create(code="water", name="水务")
        assert "类别 water 水务" in seeds.load()
        assert Category.objects.get().name == "水务"

    def test_a_deleted_row_stays_deleted(self, seeds):
        seeds.load()
        Project.objects.get().delete()
        printed = seeds.load()
        assert "1 行已被删除" in printed
        assert "项目 P0001" in printed
        assert not Project.objects.exists()

    def test_a_new_row_about_a_deleted_one_is_not_made(self, seeds):
        seeds.load()
        Project.objects.all().delete()
        Programme.objects.all().delete()
        seeds.write_text("05_target", TARGET)
        assert seeds.outcome().rows[Fate.DELETED] == ["专项 canals", "项目 P0001", "年度目标 t01"]
        assert not Target.objects.exists()

    def test_a_name_that_people_already_use_is_reported_not_fatal(self, seeds):
        seeds.load()
        Unit.objects.filter(code="bureau").update(code="ours")
        SeededRow.objects.filter(key__contains="bureau").delete()
        printed = seeds.load()
        assert "单位 bureau" in printed
        assert "没有装载" in printed
        assert list(Unit.objects.filter(name="某局").values_list("code", flat=True)) == ["ours"]

    def test_only_the_first_twenty_names_are_printed(self, seeds):
        model, rows = ROWS["01_unit"][0], [{"code": f"u{n}", "name": f"单位{n}", "kind": "street"} for n in range(25)]
        seeds.write_text("05_unit", yaml.safe_dump([{"model": model, "fields": row} for row in rows]))
        seeds.load()
        Unit.objects.filter(code__startswith="u").delete()
        printed = seeds.load()
        assert "25 行已被删除" in printed
        assert printed.count("单位 u") == 20
        assert "…" in printed


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- model: [", "不是有效的 YAML"),
        ("model: projects.unit", "应为列表"),
        ("- just words", "第 1 条"),
        ("- {model: projects.nothing, fields: {code: a}}", "nothing"),
        ("- {model: projects.category}", "缺少 'fields'"),
        ("- {model: projects.category, fields: {name: 水}}", "缺少 'code'"),
        ("- {model: projects.category, pk: 1, fields: {code: a, name: 水}}", "只写 model 和 fields"),
        ("- {model: projects.category, fields: {code: a, nane: 水}}", "nane"),
        ("- {model: projects.unit, fields: {code: a, name: 甲, kind: planet}}", "planet"),
        ("- {model: projects.unit, fields: {code: a, name: 甲, kind: area, parent: [nowhere]}}", "单位 a"),
        ("- {model: projects.target, fields: {code: a, indicator: 甲, value: 111.3}}", "小数请加引号：value"),
        ("- {model: projects.target, fields: {code: a, indicator: 甲, year: soon}}", "soon"),
        ("- {model: projects.category, fields: {code: water, name: 水}}", "出现 2 次"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(seeds, content, problem):
    seeds.write_text("05_bad", content)
    with pytest.raises(CommandError) as caught:
        seeds.load()
    assert "05_bad.yaml" in str(caught.value)
    assert problem in str(caught.value)


def test_an_empty_directory_is_a_mistake(tmp_path):
    with pytest.raises(CommandError, match=r"没有 \.yaml"):
        call_command("load_fixtures", directory=tmp_path)
