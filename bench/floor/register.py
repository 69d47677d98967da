"""The register: a page of it, one project of it, all of it."""

import base64
import hashlib
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from .db import POSTGRES, Database, keys
from .reach import REPORT, VIEW, Caller, Refused, pair, reference

LABELS = {
    "level": {"national": "国家级", "provincial": "省级", "municipal": "市级", "district": "区级"},
    "nature": {"new": "新建"},
    "stage": {"construction": "在建", "suspended": "停缓建"},
    "commitment": {},
}
COUNTED = 1000
PLAIN = [
    "code",
    "name",
    "aliases",
    "level",
    "nature",
    "stage",
    "goal",
    "commitment",
    "sponsor",
    "service_officer",
    "contact_name",
    "contact_phone",
    "content",
    "funding",
    "location",
    "note",
]
DAYS = ["planned_start", "actual_start", "planned_finish", "actual_finish"]


def _list(column: str, rest: str) -> str:
    """A column of related rows as one value."""
    if POSTGRES:
        return f"array(SELECT {column} {rest})"
    return f"(SELECT json_group_array(x) FROM (SELECT {column} AS x {rest}))"


PROJECT = f"""
SELECT p.id, p.area_id, p.category_id, p.programme_id, p.parent_id, p.lead_unit_id, p.host_unit_id, p.owner_id,
  p.source_id, p.package_count, p.in_statistics, p.published, {{amount:p.total_investment}},
  {", ".join(f"{{day:p.{name}}}" for name in DAYS)}, {", ".join(f"p.{name}" for name in PLAIN)},
  (SELECT code FROM projects_project WHERE id = p.parent_id),
  (SELECT name FROM projects_project WHERE id = p.parent_id),
  CAST(p.quotes AS text), {_list("u.unit_id", "FROM projects_project_supporting_units u WHERE u.project_id = p.id")},
  {_list("a.code", "FROM projects_approvalcode a WHERE a.project_id = p.id ORDER BY a.code")}
"""
ROW = f"{PROJECT} FROM projects_project p WHERE p.code = $1"
# What the narrow list holds beside a project's own columns.
PROGRESS = "{amount:m.plan}, {amount:m.scheduled}, {amount:m.done}"
MONTH = "LEFT JOIN projects_projectmonth m ON m.project_id = p.id AND m.year = $YEAR AND m.month = $MONTH"


class Query:
    """A page of the list: the conditions asked for and their values, in the order of their placeholders."""

    def __init__(self, asked: dict[str, str], caller: Caller):
        self.asked, self.shape = asked, ""
        self.values: list[Any] = []
        self.conditions = ["1 = 1"]
        self._within(caller.units(VIEW), "reach")
        if "unit" in asked:
            self._within(reference().below(frozenset([reference().unit_keys[asked["unit"]]])), "unit")
        if "category" in asked:
            self.add("category", "p.category_id = {}", reference().category_keys[asked["category"]])
        for word in asked.get("search", "").lower().split():
            self.add("search", "p.search_text LIKE {}", f"%{word}%")

    def add(self, shape: str, condition: str, *values: Any) -> None:
        """``shape`` names the statement that the conditions make."""
        self.shape += f"_{shape}"
        places = [f"${len(self.values) + position}" for position in range(1, len(values) + 1)]
        self.values += values
        self.conditions.append(condition.format(*places))

    def _within(self, units: frozenset[int] | None, shape: str) -> None:
        if units is None or len(units) == len(reference().units):
            return
        place = f"${len(self.values) + 1}"
        self.shape += f"_{shape}"
        self.values.append(keys(units))
        self.conditions.append(f"p.under {{ids:{place}}}")

    @property
    def where(self) -> str:
        return " AND ".join(self.conditions)


def listed(db: Database, caller: Caller, asked: dict[str, str], _body: bytes) -> dict[str, Any]:
    query, limit = Query(asked, caller), int(asked.get("limit", 50))
    count_sql = f"SELECT count(*) FROM (SELECT 1 FROM projects_project p WHERE {query.where} LIMIT {COUNTED + 1}) x"
    [[count]] = db.rows(f"count{query.shape}", count_sql, *query.values)
    rows = _page(db, query, limit)
    shown = rows[:limit]
    return {
        "count": min(count, COUNTED),
        "count_capped": count > COUNTED,
        "next": _next(query, shown[-1]) if len(rows) > limit else None,
        "results": [_shown(row, query, caller) for row in shown],
    }


def _page(db: Database, query: Query, limit: int) -> list[tuple]:
    """One more than the page, to tell whether there is another."""
    if query.asked.get("ordering") != "-total_investment":
        if "cursor" in query.asked:
            query.add("after", "p.code > {0}", _after(query)[-1])
        return _stretch(db, query, "p.code", limit + 1)
    if "cursor" in query.asked:
        # The deep page stands among the known amounts.
        query.add("after", "p.total_investment <= {0} AND (p.total_investment < {0} OR p.code > {1})", *_after(query))
    # Two stretches of one index: NULLS LAST at once would sort.
    rows = _stretch(db, query, "p.total_investment DESC, p.code", limit + 1, "p.total_investment IS NOT NULL")
    missing = limit + 1 - len(rows)
    return rows + (_stretch(db, query, "p.code", missing, "p.total_investment IS NULL") if missing else [])


def _after(query: Query) -> list[Any]:
    return orjson.loads(base64.urlsafe_b64decode(query.asked["cursor"]))


def _stretch(db: Database, query: Query, order: str, count: int, known: str = "1 = 1") -> list[tuple]:
    """The rows' keys first, then what is shown of them: nothing is looked up for rows that are not shown."""
    columns, progress, values = _columns(query)
    inner = f"SELECT p.id AS pk FROM projects_project p WHERE {query.where} AND {known} ORDER BY {order} LIMIT {count}"
    source = f"({inner}) k JOIN projects_project p ON p.id = k.pk {progress}"
    sql = f"{columns}, {{amount:p.total_investment}}, p.code FROM {source} ORDER BY {order}"
    # A name may have no more than 63 letters.
    return db.rows(f"page_{hashlib.md5(sql.encode()).hexdigest()}", sql, *query.values, *values)


def _columns(query: Query) -> tuple[str, str, list[int]]:
    """What is selected, what it is joined with, and the values of that."""
    columns = "SELECT p.code, p.name, p.category_id, p.lead_unit_id" if "fields" in query.asked else PROJECT
    if "year" not in query.asked:
        return columns, "", []
    places = [f"${len(query.values) + n}" for n in (1, 2)]
    joined = MONTH.replace("$YEAR", places[0]).replace("$MONTH", places[1])
    return f"{columns}, {PROGRESS}", joined, [int(query.asked["year"]), int(query.asked.get("month", 12))]


def _next(query: Query, last: tuple) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([last[-2], last[-1]])).decode()


def _shown(row: tuple, query: Query, caller: Caller) -> dict[str, Any]:
    year = query.asked.get("year")
    when = (int(year), int(query.asked.get("month", 12))) if year else None
    progress = {"progress": _progress(row[-5:-2], when) if when else None}
    if "fields" not in query.asked:
        return whole(row, caller) | progress
    code, name, category, lead = row[:4]
    category_code, category_name = reference().categories[category]
    lead_code, lead_name = pair(reference().units, lead)
    return {
        "code": code,
        "name": name,
        "category": category_code,
        "category_name": category_name,
        "lead_unit": lead_code,
        "lead_unit_name": lead_name,
        **progress,
    }


def _progress(found: tuple, when: tuple[int, int]) -> dict[str, Any]:
    plan, scheduled, done = found
    rate = ahead = None
    if plan and (amount := Decimal(plan)):
        so_far = Decimal(done or 0)
        rate = f"{(so_far / amount).quantize(Decimal('0.000001'), ROUND_HALF_UP):f}"
        points = (so_far - Decimal(scheduled or 0)) / amount * 100
        ahead = f"{points.quantize(Decimal('0.0001'), ROUND_HALF_UP):f}"
    shown = {"plan": plan, "scheduled": scheduled, "done": done, "rate": rate, "ahead_points": ahead}
    return {"year": when[0], "month": when[1], **shown}


def detail(db: Database, caller: Caller, asked: dict[str, str], _body: bytes) -> dict[str, Any]:
    rows = db.rows("project", ROW, asked["code"])
    if not rows or not reaches(caller.units(VIEW), rows[0][5], rows[0][1]):
        raise Refused
    return {**whole(rows[0], caller), "progress": None}


def reaches(units: frozenset[int] | None, lead: int | None, area: int) -> bool:
    return units is None or (lead in units if lead is not None else area in units)


def whole(row: tuple, caller: Caller) -> dict[str, Any]:
    """Every column of a project, as ``ProjectSerializer`` shows it."""
    _pk, area, category, programme, _parent, lead, host, owner, source, packages, counted, published, total = row[:13]
    days, texts = row[13:17], dict(zip(PLAIN, row[17 : 17 + len(PLAIN)], strict=True))
    parent_code, parent_name, quotes, supporting, approvals = row[17 + len(PLAIN) : 22 + len(PLAIN)]
    units, may_change = reference().units, reaches(caller.units(REPORT), lead, area)
    answer: dict[str, Any] = {"package_count": packages, "in_statistics": counted, "published": bool(published)}
    answer |= {"total_investment": total, "may_change": may_change} | texts | dict(zip(DAYS, days, strict=True))
    answer["quotes"] = orjson.loads(quotes)
    for name, labels in LABELS.items():
        answer[f"{name}_display"] = labels.get(texts[name], texts[name])
    for name, key in (("area", area), ("lead_unit", lead), ("host_unit", host), ("owner", owner)):
        answer[name], answer[f"{name}_name"] = pair(units, key)
    answer["category"], answer["category_name"] = reference().categories[category]
    answer["programme"], answer["programme_name"] = pair(reference().programmes, programme)
    answer["parent"], answer["parent_name"] = parent_code, parent_name
    answer["source"], answer["source_name"] = reference().source_codes.get(source), reference().sources.get(source)
    answer["supporting_units"] = [units[pk][0] for pk in _loaded(supporting)]
    answer["approval_codes"] = _loaded(approvals)
    if not may_change:
        answer["contact_phone"] = texts["contact_phone"][:3] + "****" + texts["contact_phone"][-4:]
    return answer


def _loaded(value: Any) -> list[Any]:
    return value if POSTGRES else orjson.loads(value)
