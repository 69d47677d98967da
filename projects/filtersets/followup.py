"""Milestones, problems and supervision orders: what has to be done by when."""

import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import ChoicesFilter, CodeFilter, DateFilter, TrueFalseFilter
from projects.models import Category, Milestone, Problem, Project, SupervisionOrder, Unit

from .base import LED_WITHIN, visible_projects


class FollowUpFilterSet(django_filters.FilterSet):
    """``due_column``: the date by which it is to be done."""

    due_column = "due"

    project = CodeFilter(queryset=visible_projects)
    category = CodeFilter(field_name="project__category", queryset=Category.objects.all())
    unit = CodeFilter(queryset=Unit.objects.all(), method="of_unit", help_text=LED_WITHIN)
    open = TrueFalseFilter(method="being_open", help_text=_("true 为尚未完成的。"))
    overdue = TrueFalseFilter(method="being_late", help_text=_("true 为期限已过而尚未完成的。"))
    due_from = DateFilter(method="due_since", help_text=_("期限为该日或以后。"))
    due_to = DateFilter(method="due_until", help_text=_("期限为该日或以前。"))

    def of_unit(self, rows, _name, unit):
        return rows.filter(project__in=Project.objects.within(Unit.objects.subtree_ids([unit.pk])))

    def being_open(self, rows, _name, wanted):
        return rows.open() if wanted else rows.exclude(pk__in=rows.open().order_by().values("pk"))

    def being_late(self, rows, _name, wanted):
        return rows.overdue() if wanted else rows.exclude(pk__in=rows.overdue().order_by().values("pk"))

    def due_since(self, rows, _name, day):
        return rows.filter(**{f"{self.due_column}__gte": day})

    def due_until(self, rows, _name, day):
        return rows.filter(**{f"{self.due_column}__lte": day})


class WaitingFilterSet(FollowUpFilterSet):
    waiting_for_me = TrueFalseFilter(method="being_mine", help_text=_("true 为现在轮到您处理的。"))

    def being_mine(self, rows, _name, wanted):
        mine = rows.waiting_for(self.request.user).order_by().values("pk")
        return rows.filter(pk__in=mine) if wanted else rows.exclude(pk__in=mine)


class MilestoneFilterSet(FollowUpFilterSet):
    kind = ChoicesFilter(choices=Milestone.Kind.choices)
    critical = TrueFalseFilter()
    active = TrueFalseFilter(help_text=_("false 为已停用的。"))
    moved = TrueFalseFilter(method="having_moved", help_text=_("true 为现定日期与原定日期不同的。"))

    class Meta:
        model = Milestone
        fields = ["project", "category", "unit", "kind", "critical", "active"]

    def having_moved(self, rows, _name, wanted):
        return rows.moved() if wanted else rows.exclude(pk__in=rows.moved().order_by().values("pk"))


class ProblemFilterSet(WaitingFilterSet):
    due_column = "deadline"

    unit = CodeFilter(queryset=Unit.objects.all(), method="of_unit", help_text=_("责任单位为该单位或其下级。"))
    kind = ChoicesFilter(choices=Problem.Kind.choices)
    status = ChoicesFilter(choices=Problem.Status.choices)
    level = ChoicesFilter(choices=Problem.Level.choices)

    class Meta:
        model = Problem
        fields = ["project", "category", "unit", "kind", "status", "level"]

    def of_unit(self, rows, _name, unit):
        return rows.filter(responsible_unit__in=Unit.objects.subtree_ids([unit.pk]))


class SupervisionOrderFilterSet(WaitingFilterSet):
    unit = CodeFilter(queryset=Unit.objects.all(), method="of_unit", help_text=_("承办单位为该单位或其下级。"))
    origin = ChoicesFilter(choices=SupervisionOrder.Origin.choices)
    status = ChoicesFilter(choices=SupervisionOrder.Status.choices)
    number = django_filters.CharFilter(max_length=20, help_text=_("编号，例如 2017-001。"))

    class Meta:
        model = SupervisionOrder
        fields = ["project", "category", "unit", "origin", "status", "number"]

    def of_unit(self, rows, _name, unit):
        return rows.filter(unit__in=Unit.objects.subtree_ids([unit.pk]))
