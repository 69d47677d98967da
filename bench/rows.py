"""Generated rows, as many as asked for, by SQL alone; the same for the same N on either database."""

from datetime import UTC, date, datetime, timedelta

from django.core.management.color import no_style
from django.db import connection

from erqi.core import pinyin
from erqi.core.services import audit
from projects.models import (
    AnnualPlan,
    ApprovalCode,
    Light,
    LightRuleSet,
    ProgressReport,
    Project,
    ScheduledMonth,
    Unit,
)
from projects.services.demo.vocabulary import MARK, PLACES, SUBJECTS

from . import reference
from .reference import BUREAU, NEXT_YEAR, PROGRAM, UNITS, YEAR, Shape
from .sql import execute, insert, literal, series, typed


def fill(shape: Shape) -> None:
    """All rows, in the caller's transaction."""
    reference.create(shape)
    _create_names()
    _create_projects(shape)
    for year in (YEAR, NEXT_YEAR):
        _create_plans(shape, year)
    for month in shape.months:
        _create_reports(shape, month)
    for month in shape.lit:
        _create_lights(shape, month)
    execute("DROP TABLE bench_names")
    models = connection.introspection.installed_models(connection.introspection.table_names())
    for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
        execute(statement)
    audit.record("bench.load", Unit.objects.without_tree_fields().get(pk=1), by=None)


def _create_names() -> None:
    """Every name with its search keys; a project's number is added to it."""
    execute("CREATE TABLE bench_names (n integer PRIMARY KEY, name text, low text, pinyin text, initials text)")
    rows = []
    for category, subjects in enumerate(SUBJECTS.values()):
        for position, (place, subject) in enumerate((p, s) for p in PLACES for s in subjects):
            name = f"{MARK}{place}{subject}"
            rows.append((category * 300 + position, name, name.lower(), *pinyin.keys(name)))
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO bench_names VALUES (%s, %s, %s, %s, %s)", rows)


def _create_projects(shape: Shape) -> None:
    """Spread evenly over districts and units; a unit leads two categories of work. One in 97 is led by nobody."""
    every, districts = series(shape.projects), shape.districts
    place = f"SELECT i, (i - 1) % {districts} AS district, (i - 1) / {districts} AS j FROM {every}"
    unit = f"SELECT i, district, j, (j * 37) % {UNITS} AS k FROM ({place}) AS a"
    kind = f"SELECT i, district, j, k, (k + (j / {UNITS}) % 2) % 5 AS c FROM ({unit}) AS b"
    rows = f"({kind}) AS p JOIN bench_names ON n = c * 300 + i % 300"
    lead = f"{shape.first_unit} + district * {UNITS} + k"
    text = (
        "low || i || '\n' || pinyin || i || '\n' || initials || substr(cast(i AS text), 1, 1) "
        f"|| '\n' || {_code('b')} || '\nb'"
    )
    insert(
        Project,
        rows,
        id="i",
        code=_code("B"),
        name="name || i",
        search_text=text,
        area_id=f"{shape.district(0)} + district",
        category_id="c + 1",
        programme_id="CASE WHEN j % 11 > 0 THEN c * 3 + (j / 3) % 3 + 1 END",
        parent_id="CASE WHEN i % 50 = 0 THEN i - 1 END",
        level="CASE i % 3 WHEN 0 THEN 'municipal' ELSE 'district' END",
        nature="'new'",
        stage="CASE WHEN i % 40 = 0 THEN 'suspended' ELSE 'construction' END",
        lead_unit_id=f"CASE WHEN i % 97 > 0 THEN {lead} END",
        host_unit_id=f"{shape.first_unit} + district * {UNITS} + (k * 3 + 7) % {UNITS}",
        owner_id=f"{shape.first_unit} + district * {UNITS} + (k * 5 + 11) % {UNITS}",
        sponsor="'张某'",
        service_officer="'李某'",
        contact_name="'王某'",
        contact_phone="'13800000000'",
        planned_start="'2017-03-01'",
        actual_start=f"CASE WHEN i % 4 > 0 THEN {typed('date', date(YEAR, 3, 20))} END",
        planned_finish="'2018-10-31'",
        content=f"'{MARK}建设内容及规模：道路、管网、绿化及配套设施。'",
        funding="'财政资金'",
        location="name",
        total_investment="CASE WHEN i % 61 > 0 THEN 500 + ((i % 99991) * 7919) % 99991 + (i % 4) * 0.25 END",
        published="i % 2 = 0",
        source_id="(SELECT min(id) FROM core_source)",
    )
    insert(
        ApprovalCode,
        f"{every} WHERE i % 5 < 3",
        project_id="i",
        code=f"cast({YEAR} + i / 1000000 AS text) || '-000000-48-01-' || substr('' || (1000000 + i % 1000000), 2)",
    )
    supporting = f"{shape.first_unit} + (i * 13) % {shape.districts * UNITS}"
    insert(Project.supporting_units.through, f"{every} WHERE i % 3 = 0", project_id="i", unit_id=supporting)


def _code(letter: str) -> str:
    return f"'{letter}' || substr(cast(10000000 + i AS text), 2)"


def _create_plans(shape: Shape, year: int) -> None:
    """One in twenty has none; another one in twenty was lowered by a fifth in September of YEAR."""
    planned = f"{series(shape.projects)} WHERE i % 20 > 0"
    lowered = "i % 20 = 7" if year == YEAR else "1 = 0"
    moved = datetime(year, 9, 10, 2, tzinfo=UTC)
    first = 0 if year == YEAR else 2 * shape.projects
    common = {"project_id": "i", "year": str(year), "year_class": "'continued'", "recorded_by_id": str(PROGRAM)}
    superseded = f"CASE WHEN {lowered} THEN {typed('timestamptz', moved)} END"
    recorded = literal(datetime(year - 1, 12, 25, 2, tzinfo=UTC))
    amount = "(1 + i % 97) * {}"
    insert(
        AnnualPlan,
        planned,
        id=f"{first} + i",
        planned_investment=amount.format(120),
        recorded_at=recorded,
        superseded_at=superseded,
        **common,
    )
    second = f"{first} + {shape.projects} + i"
    insert(
        AnnualPlan,
        f"{planned} AND {lowered}",
        id=second,
        version="2",
        planned_investment=amount.format(96),
        recorded_at=literal(moved),
        reason="'征迁滞后'",
        **common,
    )
    for month in range(1, 13):
        insert(ScheduledMonth, planned, plan_id=f"{first} + i", month=str(month), to_date=amount.format(10 * month))
        insert(
            ScheduledMonth,
            f"{planned} AND {lowered}",
            plan_id=second,
            month=str(month),
            to_date=amount.format(8 * month),
        )


def _create_reports(shape: Shape, month: int) -> None:
    """One in 29 is missing, one in 50 was corrected a month later."""
    filed = datetime(YEAR, month, 24, 2, tzinfo=UTC)
    accepted, corrected = filed + timedelta(days=3), filed + timedelta(days=30)
    filed_rows = f"{series(shape.projects)} WHERE (i + {month} * 5) % 29 > 0"
    wrong = f"(i + {month}) % 50 = 0"
    first = (month - 1) * 2 * shape.projects

    def write(rows: str, key: str, when: datetime, **values: str) -> None:
        insert(
            ProgressReport,
            rows,
            id=key,
            project_id="i",
            year=str(YEAR),
            month=str(month),
            status="'accepted'",
            physical_percent=str(month * 8),
            note=f"'{MARK}：主体施工，完成 ' || i || ' 米。'",
            authors=literal([PROGRAM]),
            on_time="TRUE",
            filed_at=literal(filed),
            recorded_at=literal(when),
            recorded_by_id=str(PROGRAM),
            submitted_at=literal(when),
            submitted_by_id=str(PROGRAM),
            accepted_at=literal(when + (accepted - filed)),
            accepted_by_id=str(BUREAU),
            **values,
        )

    amount = f"(1 + i % 97) * (32 + (i * {month}) % 17) * 0.25"
    superseded = f"CASE WHEN {wrong} THEN {typed('timestamptz', corrected + (accepted - filed))} END"
    write(filed_rows, f"{first} + i", filed, invested=amount, superseded_at=superseded)
    again = {"revision": "2", "reason": "'更正'"}
    write(f"{filed_rows} AND {wrong}", f"{first + shape.projects} + i", corrected, invested=f"{amount} + 1", **again)


def _create_lights(shape: Shape, month: int) -> None:
    rules = LightRuleSet.objects.get(status=LightRuleSet.Status.IN_FORCE).pk
    colour = f"CASE (i + {month}) % 8 WHEN 0 THEN 'red' WHEN 1 THEN 'yellow' WHEN 2 THEN 'grey' ELSE 'green' END"
    insert(
        Light,
        series(shape.projects),
        project_id="i",
        year=str(YEAR),
        month=str(month),
        dimension="'overall'",
        colour=colour,
        worst="'investment'",
        rules_id=str(rules),
        since_year=str(YEAR),
        # A sixth of them have just turned.
        since_month=f"{month} - i % {min(month, 6)}",
        months_running=f"1 + i % {min(month, 6)}",
        before=(
            f"CASE WHEN i % {min(month, 6)} > 0 THEN {colour} WHEN (i + {month}) % 8 > 2 THEN 'yellow' ELSE 'green' END"
        ),
        computed_at=literal(datetime(YEAR, month, 28, 2, tzinfo=UTC)),
    )
