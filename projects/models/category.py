from collections.abc import Iterable, Set

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erqi.core.fields import AmountField, NumberField
from erqi.core.models import ReferenceQuerySet, ReferenceRow, Sourced
from erqi.core.models.natural import natural_key_manager
from erqi.core.models.reference import kept
from erqi.core.trees import refuse_cycle

from .choices import Commitment, Qualifier


class Bilingual(models.Model):
    name: str
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def display_name(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class Category(ReferenceRow, Bilingual, Sourced):
    """One of the year's fields of work (攻坚), such as 生态建设."""

    code = models.SlugField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100, unique=True)
    heading = models.CharField(_("攻坚标题"), max_length=100, blank=True)
    scope = models.CharField(_("口径"), max_length=300, blank=True, help_text=_("统计范围，按原文。"))
    objective = models.CharField(_("目标"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)
    active = models.BooleanField(_("启用"), default=True)

    objects = natural_key_manager("code", queryset=ReferenceQuerySet)
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("项目类别")
        verbose_name_plural = pgettext_lazy("复数", "项目类别")
        ordering = ["order", "code"]

    def __str__(self):
        return self.display_name

    def natural_key(self):
        return (self.code,)


class ProgrammeQuerySet(ReferenceQuerySet):
    def subtree_ids(self, roots: Iterable[int]) -> Set[int]:
        """Ids of ``roots`` (programme ids) and of everything inside them."""
        return kept(Programme).below(roots)


class Programme(ReferenceRow, Bilingual, Sourced):
    """专项: a named group inside a category, with the counts that were announced for it (unknown is null)."""

    code = models.SlugField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    category = models.ForeignKey(Category, models.PROTECT, related_name="programmes", verbose_name=_("类别"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级专项")
    )
    stated_count = models.PositiveIntegerField(_("公布数量"), null=True, blank=True)
    count_unit = models.CharField(_("数量单位"), max_length=10, blank=True)
    stated_quantity = NumberField(_("公布工程量"), max_digits=16, decimal_places=4, null=True, blank=True)
    quantity_unit = models.CharField(_("工程量单位"), max_length=20, blank=True)
    quantity_of = models.CharField(_("工程量内容"), max_length=100, blank=True)
    annual_plan = AmountField(_("公布年度投资"), null=True, blank=True, help_text=_("万元。"))
    annual_plan_qualifier = models.CharField(_("年度投资限定"), max_length=20, choices=Qualifier, blank=True)
    stage_goal = models.CharField(_("阶段目标"), max_length=100, blank=True)
    commitment = models.CharField(_("承诺用语"), max_length=20, choices=Commitment, blank=True)
    deadline_text = models.CharField(_("期限（原文）"), max_length=50, blank=True)
    deadline = models.DateField(_("期限"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)
    active = models.BooleanField(_("启用"), default=True)

    objects = natural_key_manager("code", queryset=ProgrammeQuerySet)
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("专项")
        verbose_name_plural = pgettext_lazy("复数", "专项")
        ordering = ["category__order", "order", "code"]
        constraints = [
            models.CheckConstraint(
                name="programme_not_own_parent",
                condition=~models.Q(parent=models.F("id")),
                violation_error_message=_("专项不能是自己的上级。"),
            )
        ]

    def __str__(self):
        return self.display_name

    def natural_key(self):
        return (self.code,)

    def clean(self):
        refuse_cycle(self)
        if self.parent and self.parent.category_id != self.category_id:
            raise ValidationError({"parent": gettext("上级专项“%(name)s”属于另一类别。") % {"name": self.parent}})
