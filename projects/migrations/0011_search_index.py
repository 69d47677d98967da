from django.db import DatabaseError, migrations, transaction

INDEX = "project_search_idx"
NOTICE = (
    "  没有 pg_trgm，检索仍逐行查找，见 docs/deploy.md / without pg_trgm a search reads every project: docs/deploy.md"
)
# Whoever installed it may have put it beside the tables.
SCHEMA = "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = %s"


def create(_apps, schema_editor):
    """docs/adr/0018-search-index.md"""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            # Trusted since PostgreSQL 13: mostly, who may create in the database may have it.
            with transaction.atomic(connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError:
            print(NOTICE)  # noqa: T201 (to whoever migrates)
            return
        cursor.execute(SCHEMA, ["pg_trgm"])
        [schema] = cursor.fetchone()
        # However many projects there are; writers wait meanwhile, readers do not.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {INDEX} ON projects_project USING gin (search_text {schema}.gin_trgm_ops)"
        )


def drop(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("projects", "0010_count_what_is_there")]

    operations = [migrations.RunPython(create, drop)]
