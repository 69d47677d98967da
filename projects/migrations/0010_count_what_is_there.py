from django.db import migrations


def count(apps, _schema_editor):
    if apps.get_model("projects", "Project").objects.exists():
        from projects.services.totals import rewrite

        rewrite()


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0009_area_total"),
    ]

    operations = [
        # Only a database from before these totals has projects here. Also what lights say of the month before.
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
