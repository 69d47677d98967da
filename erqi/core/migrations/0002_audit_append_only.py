"""On PostgreSQL the database itself refuses to change or remove an audit event; elsewhere `verify_audit` tells."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION core_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_audit_append_only();
"""
ALLOW = """
DROP TRIGGER audit_append_only ON core_auditevent;
DROP FUNCTION core_audit_append_only();
"""


def run_on_postgresql(statements):
    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statements)

    return apply


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(run_on_postgresql(REFUSE), run_on_postgresql(ALLOW))]
