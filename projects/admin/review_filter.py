"""Which of the waiting months the review queue shows, from its address; the same on the page of a single month."""

import re
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.roles import Action
from erqi.core import validators
from projects.models import Category, ProgressReport, Project, Unit

MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
# Oldest filing first: nobody waits longer than need be.
ORDER = ("submitted_at", "pk")


def queue_for(user):
    """The months that wait for review within reach of ``user``, one's own among them: somebody else decides those."""
    return ProgressReport.objects.waiting_for_review().reachable(user, Action.REVIEW)


class QueueForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("搜索"), required=False, max_length=100, validators=[validators.plain_text])
    month = forms.CharField(label=gettext_lazy("月份"), required=False, max_length=7)
    unit: forms.ModelChoiceField = forms.ModelChoiceField(
        label=gettext_lazy("责任单位"), required=False, queryset=Unit.objects.all()
    )
    category: forms.ModelChoiceField = forms.ModelChoiceField(
        label=gettext_lazy("类别"), required=False, queryset=Category.objects.all()
    )
    findings = forms.ChoiceField(
        label=gettext_lazy("疑点"),
        required=False,
        choices=[("", gettext_lazy("不限")), ("with", gettext_lazy("有疑点")), ("without", gettext_lazy("无疑点"))],
    )
    late = forms.BooleanField(label=gettext_lazy("逾期报送"), required=False)
    again = forms.BooleanField(label=gettext_lazy("退回后重报"), required=False)

    def clean_month(self):
        text = self.cleaned_data["month"]
        found = MONTH.fullmatch(text)
        if text and not (found and 1 <= int(found[2]) <= 12):
            raise ValidationError(_("月份应写作 2017-03。"))
        return (int(found[1]), int(found[2])) if found else None


class Queue:
    """The queue as filtered, with the choices its filters offer. A filter that is not understood narrows nothing."""

    def __init__(self, user, parameters):
        self.user = user
        self.form = QueueForm(parameters, label_suffix="")
        self.form.is_valid()

    @cached_property
    def chosen(self) -> dict[str, Any]:
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """The filters again, for links that keep them."""
        given = {name: self.form[name].value() for name in self.chosen}
        return urlencode({name: "on" if value is True else value for name, value in given.items()})

    @cached_property
    def rows(self):
        rows = queue_for(self.user)
        for name, value in self.chosen.items():
            rows = NARROWED[name](rows, value)
        return rows.order_by(*ORDER)

    @cached_property
    def total(self) -> int:
        """Without any filter."""
        return queue_for(self.user).count()

    def neighbours(self, report: ProgressReport) -> tuple[int | None, int | None]:
        """The months before and after ``report`` in the queue, whether or not it still stands there itself."""
        keys = list(self.rows.values_list(*ORDER))
        here = (report.submitted_at, report.pk)
        if not report.submitted_at:
            return None, next((pk for _at, pk in keys), None)
        before = [pk for at, pk in keys if (at, pk) < here]
        after = [pk for at, pk in keys if (at, pk) > here]
        return before[-1] if before else None, after[0] if after else None

    # — what the boxes offer: what occurs in the queue, and what is chosen —

    @cached_property
    def months(self) -> list[str]:
        found = queue_for(self.user).order_by().values_list("year", "month").distinct()
        chosen = self.chosen.get("month")
        return [f"{year}-{month:02d}" for year, month in sorted({*found, *([chosen] if chosen else [])}, reverse=True)]

    @cached_property
    def units(self) -> list[Unit]:
        return self._offered(Unit.objects.without_tree_fields(), "project__lead_unit", "unit")

    @cached_property
    def categories(self) -> list[Category]:
        return self._offered(Category.objects.all(), "project__category", "category")

    def _offered(self, rows, column: str, name: str) -> list:
        occur = set(queue_for(self.user).order_by().values_list(column, flat=True))
        chosen = self.chosen.get(name)
        return list(rows.filter(pk__in={*occur, chosen.pk if chosen else None} - {None}))


def _of_month(rows, month):
    return rows.filter(year=month[0], month=month[1])


def _with_findings(rows, which):
    return rows.exclude(findings=[]) if which == "with" else rows.filter(findings=[])


def _led_within(rows, unit):
    return rows.filter(project__in=Project.objects.within(Unit.objects.subtree_ids([unit.pk])))


NARROWED = {
    "q": lambda rows, text: rows.filter(project__in=Project.objects.search(text)),
    "month": _of_month,
    "unit": _led_within,
    "category": lambda rows, category: rows.filter(project__category=category),
    "findings": _with_findings,
    "late": lambda rows, _value: rows.filter(on_time=False),
    "again": lambda rows, _value: rows.filter(returns__gt=0),
}
