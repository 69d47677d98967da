import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Round

from erqi.core.fields import AmountField

DONE = Coalesce(F("done"), Value(0, output_field=AmountField()))
SILENT = Q(last__lte=F("month") - Value(2))


def small(**options):
    return models.PositiveSmallIntegerField(**options)


def worked_out(expression, field):
    return models.GeneratedField(db_persist=True, expression=expression, output_field=field)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0006_register_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProjectMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", small()),
                ("month", small()),
                ("plan", AmountField(null=True)),
                ("original_plan", AmountField(null=True)),
                ("scheduled", AmountField(null=True)),
                ("original_scheduled", AmountField(null=True)),
                ("done", AmountField(null=True)),
                ("last", small(default=0)),
                (
                    "light",
                    models.CharField(
                        blank=True,
                        choices=[("green", "绿灯"), ("yellow", "黄灯"), ("red", "红灯"), ("grey", "灰灯")],
                        max_length=8,
                    ),
                ),
                (
                    "margin",
                    worked_out(
                        Round(DONE - F("scheduled"), 4, output_field=AmountField(null=True)), AmountField(null=True)
                    ),
                ),
                (
                    "rank",
                    worked_out(
                        Case(
                            When(light="red", then=Value(0)),
                            When(light="yellow", then=Value(1)),
                            When(
                                Q(scheduled__isnull=False) & (Q(plan__gt=0, scheduled__gt=DONE) | SILENT),
                                then=Value(2),
                            ),
                            default=Value(3),
                            output_field=small(),
                        ),
                        small(),
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="months",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "verbose_name": "项目月度进展",
                "verbose_name_plural": "项目月度进展",
                "indexes": [
                    models.Index(fields=["year", "month", "rank", "margin", "last"], name="project_month_rank_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "year", "month"), name="project_month_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["actual_start"], name="project_started_idx"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["actual_finish"], name="project_finished_idx"),
        ),
    ]
