from django.db import migrations

# Trusted since PostgreSQL 13: whoever may create in the database may have it.
POSSIBLE = """
    SELECT installed_version IS NOT NULL OR has_database_privilege(current_database(), 'CREATE')
    FROM pg_available_extensions WHERE name = 'pg_trgm'
"""
INDEX = "project_search_idx"
NOTICE = (
    "  没有 pg_trgm，检索仍逐行查找，见 docs/deploy.md / without pg_trgm a search reads every project: docs/deploy.md"
)


def create(_apps, schema_editor):
    """docs/adr/0018-search-index.md"""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(POSSIBLE)
        if cursor.fetchone() != (True,):
            print(NOTICE)  # noqa: T201 (to whoever migrates)
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON projects_project USING gin (search_text gin_trgm_ops)"
        )


def drop(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    # The index is made beside those who write.
    atomic = False

    dependencies = [("projects", "0010_count_what_is_there")]

    operations = [migrations.RunPython(create, drop)]
