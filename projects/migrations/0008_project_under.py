import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce


def under():
    unit = models.BigIntegerField()
    expression = Coalesce("lead_unit", "area", output_field=unit)
    return models.GeneratedField(db_persist=True, expression=expression, output_field=unit)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0007_project_month"),
    ]

    operations = [
        # Projects first: as whoever writes takes a project before its totals.
        migrations.AddField(model_name="project", name="under", field=under()),
        migrations.RemoveIndex(model_name="monthlytotal", name="monthly_total_unit_idx"),
        migrations.RemoveIndex(model_name="programmetotal", name="programme_total_unit_idx"),
        migrations.AddField(model_name="monthlytotal", name="under", field=under()),
        migrations.AddField(model_name="programmetotal", name="under", field=under()),
        migrations.AlterField(
            model_name="project",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="projects",
                to="projects.category",
                verbose_name="类别",
            ),
        ),
        migrations.AddIndex(
            model_name="monthlytotal",
            index=models.Index(fields=["year", "under", "month"], name="monthly_total_under_idx"),
        ),
        migrations.AddIndex(
            model_name="programmetotal",
            index=models.Index(fields=["year", "under", "month"], name="programme_total_under_idx"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["under", "category"], name="project_under_idx"),
        ),
    ]
