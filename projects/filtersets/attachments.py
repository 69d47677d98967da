import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import ChoicesFilter, CodeFilter, IntegerFilter
from projects.models import Attachment

from .base import visible_projects


class AttachmentFilterSet(django_filters.FilterSet):
    project = CodeFilter(queryset=visible_projects)
    report = IntegerFilter(field_name="report_id", help_text=_("月度进度的 id。"))
    plan_change = IntegerFilter(field_name="plan_change_id", help_text=_("计划调整的 id。"))
    problem = IntegerFilter(field_name="problem_id", help_text=_("问题的 id。"))
    kind = ChoicesFilter(choices=Attachment.Kind.choices)

    class Meta:
        model = Attachment
        fields = ["project", "report", "plan_change", "problem", "kind"]
