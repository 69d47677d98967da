"""A district's totals, by category and by unit, from the rollup that the site also reads."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .db import Database, keys
from .reach import VIEW, Caller, reference
from .year import moment

BASIS = (
    "您可以查看的项目；只计已认定的月度进度；完成率=有计划项目的本年累计÷年度计划投资；金额单位万元；"
    "as_of 只及计划和进度，项目数、类别、责任单位和阶段按现在。"
)
COUNTS = ("projects", "planned_projects", "due", "reported")
AMOUNTS = ("plan", "scheduled", "done", "unplanned")
CELLS = f"""
SELECT t.category_id, t.lead_unit_id, {{moment:max(t.newest)}},
  {", ".join(f"sum(t.{name})" for name in COUNTS)}, {", ".join(f"{{amount:sum(t.{name})}}" for name in AMOUNTS)}
FROM projects_monthlytotal t
WHERE ((t.year = $1 AND t.month = $2) OR (t.year = 0 AND t.month = 0)) {{}}
GROUP BY t.category_id, t.lead_unit_id
"""
WITHIN = " AND t.under {ids:$3}"
Sums = dict[Any, list[Any]]


def overview(db: Database, caller: Caller, asked: dict[str, str], _body: bytes) -> dict[str, Any]:
    year, month = int(asked["year"]), int(asked["month"])
    units = _units(caller, asked)
    if units is None:
        rows = db.rows("totals", CELLS.replace("{}", ""), year, month)
    else:
        rows = db.rows("totals_within", CELLS.replace("{}", WITHIN), year, month, keys(units))
    total: Sums = {}
    by_category: Sums = {}
    by_unit: Sums = {}
    for category, unit, _newest, *figures in rows:
        figures[len(COUNTS) :] = [Decimal(amount) for amount in figures[len(COUNTS) :]]
        for sums, key in ((total, None), (by_category, category), (by_unit, unit)):
            _add(sums, key, figures)
    newest = max((row[2] for row in rows if row[2]), default=None)
    zero = [0] * len(COUNTS) + [Decimal(0)] * len(AMOUNTS)
    categories = [_group(pair, by_category.get(pk, zero)) for pk, pair in reference().categories.items()]
    groups = ((reference().units.get(unit, (None, None)), figures) for unit, figures in by_unit.items() if figures[0])
    return {
        "year": year,
        "month": month,
        "as_of": None,
        "baseline": "current",
        "basis": BASIS,
        "newest": moment(newest),
        "total": _figures(total.get(None, zero)),
        "by_category": categories,
        "by_unit": [_group(pair, figures) for pair, figures in sorted(groups, key=_leaders_first)],
    }


def _units(caller: Caller, asked: dict[str, str]) -> frozenset[int] | None:
    reached = caller.units(VIEW)
    if "unit" not in asked:
        return reached
    below = reference().below(frozenset([reference().unit_keys[asked["unit"]]]))
    return below if reached is None else below & reached


def _add(sums: Sums, key: Any, figures: list[Any]) -> None:
    known = sums.get(key)
    sums[key] = figures if known is None else [a + b for a, b in zip(known, figures, strict=True)]


def _leaders_first(group: tuple) -> tuple:
    (_code, name), figures = group
    plan, scheduled, done = figures[4:7]
    ahead = (done - scheduled) / plan * 100 if plan else None
    return (ahead is None, -(ahead or 0), name is None, name or "")


def _group(pair: tuple[Any, Any], figures: list[Any]) -> dict[str, Any]:
    return {"code": pair[0], "name": pair[1], "figures": _figures(figures)}


def _figures(figures: list[Any]) -> dict[str, Any]:
    projects, planned, due, reported, plan, scheduled, done, unplanned = figures
    return {
        "projects": projects,
        "planned_projects": planned,
        "plan": f"{plan:.4f}",
        "scheduled": f"{scheduled:.4f}",
        "done": f"{done:.4f}",
        "unplanned": f"{unplanned:.4f}",
        "rate": _share(done, plan, "0.000001"),
        "scheduled_rate": _share(scheduled, plan, "0.000001"),
        "ahead_points": _share((done - scheduled) * 100, plan, "0.0001"),
        "reports_due": due,
        "reports_in": reported,
    }


def _share(part: Decimal, plan: Decimal, step: str) -> str | None:
    return f"{(part / plan).quantize(Decimal(step), ROUND_HALF_UP):f}" if plan else None


COURSES = """
SELECT t.category_id, t.month, sum(t.planned_projects), sum(t.planned_reports), {amount:sum(t.scheduled)},
  {amount:sum(t.done)}
FROM projects_{table} t WHERE t.year = $1 AND t.month > 0 {within} GROUP BY t.category_id, t.month
"""


def months(db: Database, caller: Caller, asked: dict[str, str], _body: bytes) -> dict[str, Any]:
    year, units = int(asked["year"]), _units(caller, asked)
    if units is None:
        # Nobody's units matter here.
        courses = COURSES.replace("{table}", "areatotal").replace("{within}", "")
        rows = db.rows("courses", courses, year)
    else:
        courses = COURSES.replace("{table}", "monthlytotal").replace("{within}", WITHIN.replace("$3", "$2"))
        rows = db.rows("courses_within", courses, year, keys(units))
    found: dict[int, Sums] = {}
    total: Sums = {}
    for category, month, *figures in rows:
        figures[2:] = [Decimal(amount) for amount in figures[2:]]
        _add(found.setdefault(category, {}), month, figures)
        _add(total, month, figures)
    by_category = [
        {"code": code, "name": name, "months": _course(found.get(pk, {}))}
        for pk, (code, name) in reference().categories.items()
    ]
    head = {"year": year, "month": 12, "as_of": None, "baseline": "current", "basis": BASIS}
    return {**head, "total": _course(total), "by_category": by_category}


def _course(found: Sums) -> list[dict[str, Any]]:
    """Twelve lines; a month without a report of a planned project is unknown, not nothing."""
    zero = Decimal(0)
    plan = found[12][2] if 12 in found and found[12][0] else zero
    lines, due_before, done_before = [], zero, zero
    for month in range(1, 13):
        planned, reports, scheduled, done = found.get(month, (0, 0, zero, zero))
        done = done if month in found else done_before
        lines.append(
            {
                "month": month,
                "scheduled": f"{scheduled - due_before:.4f}" if planned else None,
                "scheduled_to_date": f"{scheduled:.4f}" if planned else None,
                "invested": f"{done - done_before:.4f}" if reports else None,
                "to_date": f"{done:.4f}",
                "rate": _share(done, plan, "0.000001"),
                "ahead_points": _share((done - scheduled) * 100, plan, "0.0001") if planned else None,
            }
        )
        due_before, done_before = scheduled, done
    return lines
