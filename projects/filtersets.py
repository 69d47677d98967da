"""One FilterSet per model, used by the API, the pages and the exports."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import CodeFilter, DateFilter, IntegerFilter, MomentFilter, SearchFilter, TrueFalseFilter
from erqi.core.models import Source, SourceNote
from projects.models import (
    AnnualPlan,
    Category,
    Programme,
    ProgressReport,
    Project,
    PublishedFigure,
    Target,
    Unit,
    YearTheme,
)
from projects.models.choices import FIRST_YEAR, LAST_YEAR, Commitment, Level

LED_WITHIN = _("责任单位为该单位或其下级的项目；尚无责任单位的归其行政区。")


def visible_projects(request) -> QuerySet[Project]:
    return Project.objects.visible_to(request.user) if request else Project.objects.none()


class YearFilter(IntegerFilter):
    def __init__(self, *args, **kwargs):
        wrong = _("年度应在 2000–2100 之间。")
        super().__init__(*args, **between(FIRST_YEAR, LAST_YEAR, wrong), **kwargs)


class MonthFilter(IntegerFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **between(1, 12, _("月份应在 1–12 之间。")), **kwargs)


def between(low: int, high: int, wrong) -> dict[str, Any]:
    """Bounds of a number; beyond either, one message names both."""
    return {"min_value": low, "max_value": high, "error_messages": {"min_value": wrong, "max_value": wrong}}


class CategoryFilterSet(django_filters.FilterSet):
    active = TrueFalseFilter()

    class Meta:
        model = Category
        fields = ["active"]


class ProgrammeFilterSet(django_filters.FilterSet):
    category = CodeFilter(queryset=Category.objects.all())
    parent = CodeFilter(queryset=Programme.objects.all())
    active = TrueFalseFilter()

    class Meta:
        model = Programme
        fields = ["category", "parent", "active"]


class UnitFilterSet(django_filters.FilterSet):
    search = SearchFilter()
    kind = django_filters.ChoiceFilter(choices=Unit.Kind.choices)
    parent = CodeFilter(queryset=Unit.objects.all())
    within = CodeFilter(queryset=Unit.objects.all(), method="in_subtree", help_text=_("该单位及其所有下级。"))
    active = TrueFalseFilter()

    class Meta:
        model = Unit
        fields = ["search", "kind", "parent", "within", "active"]

    def in_subtree(self, rows, _name, unit):
        return rows.filter(pk__in=Unit.objects.subtree_ids([unit.pk]))


class ProjectFilterSet(django_filters.FilterSet):
    search = SearchFilter()
    category = CodeFilter(queryset=Category.objects.all())
    programme = CodeFilter(queryset=Programme.objects.all())
    unit = CodeFilter(queryset=Unit.objects.all(), method="led_within", help_text=LED_WITHIN)
    lead_unit = CodeFilter(queryset=Unit.objects.all(), help_text=_("责任单位，不含下级。"))
    host_unit = CodeFilter(queryset=Unit.objects.all())
    owner = CodeFilter(queryset=Unit.objects.all())
    area = CodeFilter(queryset=Unit.objects.all())
    parent = CodeFilter(queryset=visible_projects)
    level = django_filters.ChoiceFilter(choices=Level.choices)
    nature = django_filters.ChoiceFilter(choices=Project.Nature.choices)
    stage = django_filters.ChoiceFilter(choices=Project.Stage.choices)
    commitment = django_filters.ChoiceFilter(choices=Commitment.choices)
    approval_code = django_filters.CharFilter(field_name="approval_codes__code", max_length=24)
    in_statistics = TrueFalseFilter()
    published = TrueFalseFilter()
    planned_in = YearFilter(method="with_plan", help_text=_("该年度有现行计划的项目。"))

    class Meta:
        model = Project
        fields = ["search", "category", "programme", "unit", "lead_unit", "host_unit", "owner", "area", "parent"]

    def led_within(self, rows, _name, unit):
        return rows.within(Unit.objects.subtree_ids([unit.pk]))

    def with_plan(self, rows, _name, year):
        return rows.filter(pk__in=AnnualPlan.objects.current().filter(year=year).values("project"))


class VersionedForm(forms.Form):
    def clean(self):
        super().clean()
        if self.cleaned_data.get("history") and self.cleaned_data.get("as_of"):
            self.add_error("as_of", _("as_of 与 history=true 只能选一个：某一时刻有效的，或全部版本。"))


class VersionedFilterSet(django_filters.FilterSet):
    """Rows in force now, unless ``as_of`` asks for a moment or ``history=true`` for every version."""

    as_of = MomentFilter(
        method="left_to_the_whole",
        help_text=_("当时有效的记录，例如 2017-06-30T18:00:00+08:00；项目的类别和责任单位始终按现在。"),
    )
    history = TrueFalseFilter(method="left_to_the_whole", help_text=_("true 时包括已被取代的版本；不能与 as_of 同用。"))

    class Meta:
        form = VersionedForm

    def left_to_the_whole(self, rows, _name, _value):
        return rows

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("history"):
            return rows
        return self.in_force(rows, self.form.cleaned_data.get("as_of"))

    def in_force(self, rows, moment: datetime | None):
        return rows.as_of(moment)


class OfProjectFilterSet(VersionedFilterSet):
    project = CodeFilter(queryset=visible_projects)
    year = YearFilter()
    category = CodeFilter(field_name="project__category", queryset=Category.objects.all())
    unit = CodeFilter(queryset=Unit.objects.all(), method="led_within", help_text=LED_WITHIN)

    def led_within(self, rows, _name, unit):
        return rows.filter(project__in=Project.objects.within(Unit.objects.subtree_ids([unit.pk])))


class AnnualPlanFilterSet(OfProjectFilterSet):
    year_class = django_filters.ChoiceFilter(choices=AnnualPlan.YearClass.choices)

    class Meta(VersionedFilterSet.Meta):
        model = AnnualPlan
        fields = ["project", "year", "category", "unit", "year_class"]


class ProgressReportFilterSet(OfProjectFilterSet):
    month = MonthFilter()
    status = django_filters.ChoiceFilter(choices=ProgressReport.Status.choices)

    class Meta(VersionedFilterSet.Meta):
        model = ProgressReport
        fields = ["project", "year", "month", "category", "unit", "status"]

    def in_force(self, rows, moment: datetime | None):
        # Now, drafts stand beside what is in force; of the past only what was accepted then is known.
        return rows.current() if moment is None else rows.in_force(moment)


class AnnouncedFilterSet(django_filters.FilterSet):
    year = YearFilter()
    category = CodeFilter(queryset=Category.objects.all())
    programme = CodeFilter(queryset=Programme.objects.all())
    commitment = django_filters.ChoiceFilter(choices=Commitment.choices)


class TargetFilterSet(AnnouncedFilterSet):
    deadline_before = DateFilter(field_name="deadline", lookup_expr="lt", help_text=_("期限早于该日，不含该日。"))

    class Meta:
        model = Target
        fields = ["year", "category", "programme", "commitment"]


class PublishedFigureFilterSet(AnnouncedFilterSet):
    measure = django_filters.ChoiceFilter(choices=PublishedFigure.Measure.choices)

    class Meta:
        model = PublishedFigure
        fields = ["year", "category", "programme", "commitment", "measure"]


class YearThemeFilterSet(django_filters.FilterSet):
    year = YearFilter()

    class Meta:
        model = YearTheme
        fields = ["year"]


class SourceFilterSet(django_filters.FilterSet):
    published_from = DateFilter(field_name="published_on", lookup_expr="gte", help_text=_("发布于该日或以后。"))

    class Meta:
        model = Source
        fields = ["published_from"]


class SourceNoteFilterSet(django_filters.FilterSet):
    source = CodeFilter(queryset=Source.objects.all())
    kind = django_filters.ChoiceFilter(choices=SourceNote.Kind.choices)
    on_overview = TrueFalseFilter()

    class Meta:
        model = SourceNote
        fields = ["source", "kind", "on_overview"]
