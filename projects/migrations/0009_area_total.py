import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0008_project_under"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AreaTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("month", models.PositiveSmallIntegerField()),
                ("projects", models.IntegerField(default=0)),
                ("planned_projects", models.IntegerField(default=0)),
                ("due", models.IntegerField(default=0)),
                ("reports", models.IntegerField(default=0)),
                ("planned_reports", models.IntegerField(default=0)),
                ("reported", models.IntegerField(default=0)),
                ("green", models.IntegerField(db_default=0, default=0)),
                ("yellow", models.IntegerField(db_default=0, default=0)),
                ("red", models.IntegerField(db_default=0, default=0)),
                ("grey", models.IntegerField(db_default=0, default=0)),
                ("plan", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("original_plan", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("plan_due", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("original_plan_due", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("plan_reported", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("original_plan_reported", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("scheduled", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("original_scheduled", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("done", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("unplanned", models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ("newest", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "行政区月度汇总",
                "verbose_name_plural": "行政区月度汇总",
            },
        ),
        migrations.AddField(
            model_name="monthlytotal",
            name="green",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="monthlytotal",
            name="grey",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="monthlytotal",
            name="red",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="monthlytotal",
            name="yellow",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="programmetotal",
            name="green",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="programmetotal",
            name="grey",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="programmetotal",
            name="red",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="programmetotal",
            name="yellow",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="annualplan",
            index=models.Index(
                condition=models.Q(("version__gt", 1)), fields=["year", "recorded_at"], name="plan_changed_idx"
            ),
        ),
        migrations.AddField(
            model_name="light",
            name="before",
            field=models.CharField(
                blank=True,
                choices=[("green", "绿灯"), ("yellow", "黄灯"), ("red", "红灯"), ("grey", "灰灯")],
                db_default="",
                default="",
                help_text="空：上月没有亮灯。",
                max_length=8,
                verbose_name="上月的颜色",
            ),
        ),
        migrations.AddIndex(
            model_name="light",
            index=models.Index(
                condition=models.Q(("dimension", "overall"), ("months_running", 1)),
                fields=["year", "month", "colour", "before", "project"],
                name="light_turned_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="progressreport",
            index=models.Index(
                condition=models.Q(("revision", 1), ("status", "accepted")),
                fields=["year", "month", "accepted_at"],
                include=("invested",),
                name="report_first_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="progressreport",
            index=models.Index(
                condition=models.Q(("revision__gt", 1), ("status", "accepted")),
                fields=["year", "accepted_at"],
                include=("month",),
                name="report_corrected_idx",
            ),
        ),
        migrations.AddField(
            model_name="areatotal",
            name="area",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="projects.unit",
            ),
        ),
        migrations.AddField(
            model_name="areatotal",
            name="category",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="projects.category",
            ),
        ),
        migrations.AddConstraint(
            model_name="areatotal",
            constraint=models.UniqueConstraint(
                models.F("year"), models.F("month"), models.F("category"), models.F("area"), name="area_total_once"
            ),
        ),
    ]
