"""The index of the parts of names, which PostgreSQL alone has."""

from importlib import import_module

import pytest
from django.db import connection

from projects.models import Project
from tests import factories

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
migration = import_module("projects.migrations.0011_search_index")


def plan_of(rows) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.explain()


@pytest.mark.parametrize("asked", ["whz", "huzhai"])
def test_a_part_of_a_name_is_found_by_it(asked):
    project = factories.ProjectFactory(name="王胡砦城中村改造")
    rows = Project.objects.order_by().search(asked)
    assert list(rows) == [project]
    assert migration.INDEX in plan_of(rows)


def test_where_it_may_not_be_made_the_migration_says_so_and_goes_on(monkeypatch, capsys):
    monkeypatch.setattr(migration, "POSSIBLE", "SELECT false")
    with connection.schema_editor() as editor:
        migration.create(None, editor)
    assert "docs/deploy.md" in capsys.readouterr().out
