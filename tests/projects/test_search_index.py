"""The index of the parts of names, which PostgreSQL alone has."""

from importlib import import_module

import pytest
from django.db import connection

from projects.models import Project
from tests import factories

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
migration = import_module("projects.migrations.0011_search_index")


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def migrate() -> None:
    with connection.schema_editor(atomic=False) as editor:
        migration.create(None, editor)


def finds_by_the_index(asked: str) -> bool:
    run("SET LOCAL enable_seqscan = off")
    return migration.INDEX in Project.objects.order_by().search(asked).explain()


@pytest.mark.parametrize("asked", ["whz", "huzhai"])
def test_a_part_of_a_name_is_found_by_it(asked):
    project = factories.ProjectFactory(name="王胡砦城中村改造")
    assert list(Project.objects.order_by().search(asked)) == [project]
    assert finds_by_the_index(asked)


def test_the_extension_may_stand_in_a_schema_of_its_own():
    run("DROP EXTENSION pg_trgm CASCADE", "CREATE SCHEMA ext", "CREATE EXTENSION pg_trgm SCHEMA ext")
    migrate()
    assert finds_by_the_index("whz")


def test_where_it_may_not_be_had_the_migration_says_so_and_goes_on(capsys):
    run("DROP EXTENSION pg_trgm CASCADE", "CREATE ROLE stranger", "GRANT ALL ON projects_project TO stranger")
    run("SET LOCAL ROLE stranger")
    migrate()
    run("RESET ROLE")
    assert "docs/deploy.md" in capsys.readouterr().out
    assert not finds_by_the_index("whz")
