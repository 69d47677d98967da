"""Pages of a list, forward and back: every row once, whatever is equal and whatever is unknown."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erqi.core.keyset import Key, Order, Page, Pages
from projects.models import Project
from tests import factories

AMOUNTS = st.none() | st.sampled_from([Decimal(0), Decimal("0.0001"), Decimal(7), Decimal("99999999999.9999")])
DAYS = st.none() | st.sampled_from([date(2017, 1, 1), date(2019, 6, 30)])
ORDERS = [
    ["code"],
    ["-code"],
    ["total_investment", "code"],
    ["-total_investment", "code"],
    ["planned_finish", "-total_investment", "code"],
    ["-lead_unit__order", "lead_unit__code", "pk"],
]


def order(paths) -> Order:
    return Order(",".join(paths), [Key.parse(path) for path in paths])


def expected(paths) -> list[str]:
    """Sorted by Python: the least important column first, the unknown always last."""
    rows = list(Project.objects.select_related("lead_unit"))
    for path in reversed(paths):
        key = Key.parse(path)
        known = [row for row in rows if key.value(row) is not None]
        unknown = [row for row in rows if key.value(row) is None]
        rows = sorted(known, key=key.value, reverse=key.descending) + unknown
    return [row.code for row in rows]


def walked(find: Callable[..., Page]) -> tuple[list[list[str]], list[list[str]]]:
    """The pages on the way to the end, and those on the way back to the start."""
    there, back = [find(cursor=None)], []
    page = there[0]
    while page.after:
        page = find(cursor=page.after)
        there.append(page)
    while page.before:
        page = find(cursor=page.before)
        back.append(page)
    return [[row.code for row in page.rows] for page in there], [[row.code for row in page.rows] for page in back]


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(AMOUNTS, DAYS, st.booleans()), max_size=9), limit=st.integers(1, 4))
def test_pages_lose_and_repeat_no_row_in_either_direction(rows, limit):
    Project.objects.all().delete()
    category, unit = factories.CategoryFactory(), factories.UnitFactory()
    for number, (amount, day, led) in enumerate(rows):
        project = factories.ProjectFactory(
            code=f"K{number}", category=category, lead_unit=unit, total_investment=amount, planned_finish=day
        )
        if not led:
            Project.objects.filter(pk=project.pk).update(lead_unit=None)
    for paths in ORDERS:
        there, back = walked(partial(order(paths).page, Project.objects.all(), limit=limit))
        assert [code for page in there for code in page] == expected(paths), paths
        assert back == there[-2::-1] if len(there) > 1 else back == [], paths
        if all(key.path in {"code", "total_investment", "planned_finish"} for key in order(paths).keys):
            pages = Pages(Project.objects.all(), order(paths), limit=limit)
            # Each page in SQL of its own, then of the first time.
            assert walked(pages.page) == walked(pages.page) == (there, back), paths


@pytest.mark.django_db
def test_what_nothing_can_meet_has_no_pages():
    factories.ProjectFactory()
    for rows in (Project.objects.none(), Project.objects.filter(pk__in=[])):
        assert Pages(rows, order(["code"]), limit=2).page(None).rows == []


@pytest.mark.django_db
def test_back_at_the_start_the_first_page_is_full():
    for code in ("B", "C", "D"):
        factories.ProjectFactory(code=code)
    byte_order = order(["code"])
    second = byte_order.page(
        Project.objects.all(), limit=2, cursor=byte_order.page(Project.objects.all(), limit=2).after
    )
    Project.objects.filter(code="C").delete()
    first = byte_order.page(Project.objects.all(), limit=2, cursor=second.before)
    assert [row.code for row in first.rows] == ["B", "D"]
    assert first.before is None


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["", "x", "x:y", "é"])
def test_what_is_no_cursor_is_refused(cursor):
    with pytest.raises(ValidationError, match="游标无效"):
        order(["code"]).page(Project.objects.all(), limit=2, cursor=cursor)


@pytest.mark.django_db
def test_a_cursor_of_another_order_is_refused():
    for code in ("B", "C"):
        factories.ProjectFactory(code=code)
    cursor = order(["code"]).page(Project.objects.all(), limit=1).after
    with pytest.raises(ValidationError, match="另一种排序"):
        order(["-code"]).page(Project.objects.all(), limit=1, cursor=cursor)
