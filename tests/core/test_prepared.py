import gc
import weakref

import pytest
from django.db import connection
from django.db.models import BooleanField, CharField
from django.test.utils import CaptureQueriesContext

from erqi.core.keys import KeyList
from erqi.core.prepared import OFTEN, Param, Prepared
from projects.models import Unit
from tests.factories import UnitFactory

pytestmark = pytest.mark.django_db


def test_each_call_fills_in_its_own_values():
    named = Prepared(lambda: Unit.objects.without_tree_fields().filter(name=Param("name", CharField())).values("code"))
    UnitFactory(code="a", name="甲")
    UnitFactory(code="b", name="乙")
    assert named(name="甲") == [("a",)]
    assert named(name="乙") == [("b",)]
    assert named.dicts(name="丙") == []


def test_any_number_of_keys_is_one_value():
    units = Unit.objects.without_tree_fields().filter(pk__among=Param("keys", KeyList()))
    rows = Prepared(lambda: units.order_by("code").values("code"))
    first, second = UnitFactory(code="a"), UnitFactory(code="b")
    assert rows.dicts(keys=[second.pk, first.pk]) == [{"code": "a"}, {"code": "b"}]
    assert rows.dicts(keys=[second.pk]) == [{"code": "b"}]
    assert rows.dicts(keys=[]) == []


def test_values_come_as_the_model_gives_them():
    UnitFactory(code="a", quotes=[{"words": "某局", "fields": ["name"]}])
    [row] = Prepared(lambda: Unit.objects.without_tree_fields().values("quotes", "active")).dicts()
    assert row == {"quotes": [{"words": "某局", "fields": ["name"]}], "active": True}


def test_instances_are_those_of_the_queryset_with_what_it_selects(django_assert_num_queries):
    above = UnitFactory(code="a", quotes=[{"words": "某局", "fields": ["name"]}])
    UnitFactory(code="b", parent=above)
    rows = Unit.objects.without_tree_fields().select_related("parent", "source").order_by("code")
    units = Prepared(lambda: rows.filter(active=Param("active", BooleanField())))
    with django_assert_num_queries(1):
        first, second = units(active=True)
        assert (first, second.parent, first.source) == (above, first, None)
        assert first.quotes == [{"words": "某局", "fields": ["name"]}]
    first.name = "改名"
    first.save()
    assert units(active=True)[1].parent.name == "改名"
    assert units(active=False) == []


def test_it_keeps_nobodys_connection():
    """A thread's connection ends with the thread."""
    UnitFactory(code="a")
    units = Prepared(lambda: Unit.objects.without_tree_fields().values("code", "quotes"))
    connection_of_a_thread = connection.copy()
    units._statement(connection_of_a_thread)
    seen = weakref.ref(connection_of_a_thread)
    del connection_of_a_thread
    gc.collect()
    assert seen() is None
    assert units.dicts() == [{"code": "a", "quotes": []}]


@pytest.fixture
def named():
    UnitFactory(code="a", name="甲")
    named = Unit.objects.without_tree_fields().filter(name=Param("name", CharField()), active=True)
    return Prepared(lambda: named.values("code"))


def said(named) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        assert [named(name="甲") for _ in range(OFTEN + 1)] == [[("a",)]] * (OFTEN + 1)
        assert named(name="乙") == []
    return [query["sql"].split()[0] for query in asked]


@pytest.mark.postgresql
def test_asked_often_on_a_connection_it_is_planned_there_once(named):
    assert said(named) == ["SELECT"] * (OFTEN - 1) + ["EXECUTE"] * 3


def test_behind_a_pool_it_stays_ordinary_sql(named, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert said(named) == ["SELECT"] * (OFTEN + 2)
